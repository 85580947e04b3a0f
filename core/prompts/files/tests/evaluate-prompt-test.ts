import {assertionName, type AssertionType} from '../../../../schemas/prompt-file/assertion-names.ts';
import type {AssertionOutcome, TestedAnswer} from './assertion.ts';
import {ASSERTIONS} from './assertions.ts';
import type {PromptTestCase} from './prompt-test-cases.ts';

export interface PromptTestResult {
  readonly name: string;
  /** `incomplete`: nothing failed, but something could not be scored here; that is no pass. */
  readonly status: 'pass' | 'fail' | 'incomplete';
  /** Weighted mean of the scores, 0 … 1; null while one that counts is missing. */
  readonly score: number | null;
  /** The first one that fails, or what is missing; '' where it passes. */
  readonly reason: string;
  /** In the order of the test's. */
  readonly assertions: readonly ({readonly type: AssertionType} & AssertionOutcome)[];
  /** Metric → mean of the scores under its name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * An answer against a test, as promptfoo has it: every assertion must hold, unless the test has a threshold, which the weighted mean
 * of the scores must reach then. An assertion of weight 0 is measured and decides nothing. `outcomes` are those that this function
 * said to need something for, by their places, once it was asked for.
 */
export function evaluatePromptTest(
  {name, assert, threshold}: PromptTestCase,
  answer: TestedAnswer,
  outcomes: ReadonlyMap<number, AssertionOutcome> = new Map(),
): PromptTestResult {
  const assertions = assert.map((one, i) => {
    const {name: kind, inverse} = assertionName(one.type);
    const outcome =
      outcomes.get(i) ?? ASSERTIONS[kind](answer, {value: one.value, threshold: one.threshold, inverse});
    return {type: one.type, ...outcome};
  });
  const counted = assertions.flatMap((one, i) =>
    (assert[i]!.weight ?? 1) > 0 ? [{one, weight: assert[i]!.weight ?? 1}] : [],
  );
  const missing = counted.filter(({one}) => one.status === 'needs');
  const scored = counted.flatMap(({one, weight}) => (one.status === 'scored' ? [{one, weight}] : []));
  const failed = scored.find(({one}) => !one.pass)?.one;
  const score = missing.length > 0 ? null : mean(scored.map(({one, weight}) => ({score: one.score, weight})));
  const metrics = metricsOf(assert, assertions);
  const result = (status: PromptTestResult['status'], reason: string): PromptTestResult => ({
    name,
    status,
    score,
    reason,
    assertions,
    metrics,
  });
  if (threshold === null && failed !== undefined) return result('fail', failed.reason);
  if (score === null) {
    const [{one}] = missing as [(typeof missing)[number]];
    return result('incomplete', `${one.type} needs ${one.status === 'needs' ? NEEDS[one.needs] : ''}`);
  }
  if (threshold !== null && score < threshold)
    return result('fail', `expected a score of at least ${threshold}, got ${score.toFixed(4)}`);
  return result('pass', '');
}

const NEEDS = {
  judge: 'a judge',
  embedder: 'an embedder',
  latency: 'the time that the answer took',
  cost: 'what the answer cost',
} as const;

/** Of nothing 1: nothing failed. */
function mean(scores: readonly {readonly score: number; readonly weight: number}[]): number {
  const all = scores.reduce((sum, {weight}) => sum + weight, 0);
  return all === 0 ? 1 : scores.reduce((sum, {score, weight}) => sum + score * weight, 0) / all;
}

/** A metric's scores by their weights; those of weight 0 are there to be measured, so they count 1. */
function metricsOf(
  assert: PromptTestCase['assert'],
  outcomes: readonly AssertionOutcome[],
): Record<string, number> {
  const named = assert.flatMap(({metric, weight}, i) => {
    const outcome = outcomes[i]!;
    return metric === undefined || outcome.status !== 'scored'
      ? []
      : [{metric, score: outcome.score, weight: weight || 1}];
  });
  const groups = Map.groupBy(named, ({metric}) => metric);
  return Object.fromEntries([...groups].map(([metric, scores]) => [metric, mean(scores)]));
}
