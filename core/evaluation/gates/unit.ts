import type {GateSpec} from '../../../schemas/report.ts';
import type {Metric} from '../catalog/metric.ts';

/** What stands behind a gate's figures: `ms`, a currency, `points`, or '' for shares and plain numbers. */
export function unitOf({test}: Pick<GateSpec, 'test'>, metric: Metric | undefined, currency: string): string {
  const compares = test === 'non-inferiority' || test === 'superiority';
  if (compares && metric?.logarithm !== undefined) return metric.logarithm;
  switch (metric?.unit) {
    case 'ms':
      return 'ms';
    case 'money':
      return currency;
    case 'points':
      return 'points';
    default:
      return '';
  }
}
