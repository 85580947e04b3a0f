import {JUDGE_METRIC, JUDGE_ORDER_METRIC} from '../../../schemas/names.ts';
import {meanMeasure} from '../gates/mean-measure.ts';
import {rateMeasure} from '../gates/rate-measure.ts';
import {ASPECTS, OF, scoredBy, type Metric} from './metric.ts';

export const judgeWins: Metric = {
  name: JUDGE_METRIC,
  label: 'Judge prefers it, ties count half',
  unit: 'share',
  of: OF.judge,
  measure: meanMeasure('higher', [0, 1]),
  // A judge that does not look says the same of both orders half of the time.
  implies: {metric: JUDGE_ORDER_METRIC, limit: 0.5, required: true},
  observe: scoredBy(ASPECTS.judge, ['win']),
};

const consistent = scoredBy(ASPECTS.judge, ['consistent']);
export const judgeOrder: Metric = {
  name: JUDGE_ORDER_METRIC,
  label: 'Judge prefers the same answer in both orders',
  unit: 'share',
  of: OF.judge,
  measure: rateMeasure(),
  // Of two answers that are alike there is no order to ask.
  observe: (sample) =>
    sample.error === null && sample.scores['consistent'] === undefined ? null : consistent(sample),
};
