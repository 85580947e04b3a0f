import {JUDGE_METRIC, JUDGE_ORDER_METRIC} from '../../../schemas/names.ts';
import type {GateSpec} from '../../../schemas/report.ts';

/** Whether a gate is about a difference: between two releases, or in what a judge prefers. */
export function comparesReleases({metric, test}: Pick<GateSpec, 'metric' | 'test'>): boolean {
  return (
    test === 'non-inferiority' ||
    test === 'superiority' ||
    metric === JUDGE_METRIC ||
    metric === JUDGE_ORDER_METRIC
  );
}
