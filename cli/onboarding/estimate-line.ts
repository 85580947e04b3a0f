import {energyInWords, massInWords} from '../../core/cost/energy-words.ts';
import type {RunEstimate} from '../../core/onboarding/estimate.ts';
import {cost, count, duration} from '../show.ts';

/** What a whole run is expected to do and take, in one line. */
export function estimateLine(estimate: RunEstimate, currency: string): string {
  const {trainedRows, steps, sweep} = estimate;
  const swept = sweep ? ` (${count(sweep.steps)} with the ${sweep.trials} trials of the sweep)` : '';
  return [
    `${count(trainedRows)} rows in ${count(steps)} steps${swept}, some ${duration(estimate.trainSeconds)};`,
    `${count(estimate.answers)} questions to ${estimate.answers > estimate.gauntletItems ? 'the candidate and what it is compared with' : 'the candidate'}, some ${duration(estimate.gauntletSeconds)};`,
    `in all some ${duration(estimate.totalSeconds)}, ${cost(estimate.cost, currency)}, ${energyInWords(estimate.kWh)} and`,
    `${massInWords(estimate.gCO2e)} CO₂e (${estimate.basis})`,
  ].join(' ');
}
