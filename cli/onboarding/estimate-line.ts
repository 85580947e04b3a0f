import type {RunEstimate} from '../../core/onboarding/estimate.ts';
import {cost, count, duration} from '../show.ts';

/** What a whole run is expected to do and take, in one line. */
export function estimateLine(estimate: RunEstimate, currency: string): string {
  const {trainedRows, steps, sweep} = estimate;
  const swept = sweep ? ` (${count(sweep.steps)} with the ${sweep.trials} trials of the sweep)` : '';
  const rounded = (amount: number): string => amount.toLocaleString('en-US', {maximumSignificantDigits: 3});
  return [
    `${count(trainedRows)} rows in ${count(steps)} steps${swept}, some ${duration(estimate.trainSeconds)};`,
    `${count(estimate.answers)} questions to ${estimate.answers > estimate.gauntletItems ? 'the candidate and what it is compared with' : 'the candidate'}, some ${duration(estimate.gauntletSeconds)};`,
    `in all some ${duration(estimate.totalSeconds)}, ${cost(estimate.cost, currency)}, ${rounded(estimate.kWh)} kWh and`,
    `${rounded(estimate.gCO2e)} g CO₂e (${estimate.basis})`,
  ].join(' ');
}
