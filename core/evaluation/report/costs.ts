import type {Bill} from '../../../schemas/cost.ts';
import {amount} from '../../cost/budget.ts';
import {energyInWords, massInWords} from '../../cost/energy-words.ts';
import type {CostsView} from './view.ts';

/** The columns of the costs, in HTML and in Markdown. */
export const COST_COLUMNS = ['Stage', 'Estimate', 'So far', 'CPU', 'GPU', 'Energy', 'CO₂e', 'Estimated by'];

/** One line a stage: what was expected beside what it took until the report was made. */
export function costRows({currency, stages}: CostsView): string[][] {
  return stages.map(({stage, estimate, actual}) => [
    stage,
    estimate === null
      ? 'none kept'
      : `${estimate.rough ? 'rough: ' : ''}${amount(estimate.bill.cost)} ${currency}`,
    `${amount(actual.cost)} ${currency}`,
    both(estimate?.bill, actual, ({spent}) => hours(spent.cpuSeconds)),
    both(estimate?.bill, actual, ({spent}) => hours(spent.gpuSeconds)),
    both(estimate?.bill, actual, ({kWh}) => energyInWords(kWh)),
    both(estimate?.bill, actual, ({gCO2e}) => massInWords(gCO2e)),
    estimate?.basis ?? '–',
  ]);
}

/** What the figures are of, and that energy is reckoned. */
export function costNote({basis}: CostsView): string {
  return `What training and gauntlet took until this report was made, beside what was expected before each began (estimate → so far). Approval, rollout and answers come later; \`ratchet cost\` shows them too. Reckoned by ${basis.join('; ')}.`;
}

function both(estimate: Bill | undefined, actual: Bill, of: (bill: Bill) => string): string {
  return `${estimate === undefined ? '–' : of(estimate)} → ${of(actual)}`;
}

/** `142 s`, `1.25 h` */
function hours(seconds: number): string {
  return seconds < 3600 ? `${Math.round(seconds)} s` : `${(seconds / 3600).toFixed(2)} h`;
}
