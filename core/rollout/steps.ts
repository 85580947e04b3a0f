import type {Analysis, AnalysisResult, RolloutStep} from '../../schemas/deployment.ts';

/**
 * A rollout as a machine of steps, by the rules of Argo Rollouts: an analysis that succeeds goes on, one that fails ends
 * the rollout, an inconclusive one waits for a person. Imports nothing at run time: workflow code runs it.
 */

export interface Position {
  /** The step in work, from 0; `steps.length` once all are done. */
  readonly index: number;
  /** Measurements taken of the analysis in work. */
  readonly taken: number;
  /** metric → looks that failed, or were inconclusive with enough samples. */
  readonly failed: Readonly<Record<string, number>>;
  readonly inconclusive: Readonly<Record<string, number>>;
  /** metric → answers of its last look: measured again before there are more, it says nothing new. */
  readonly looked: Readonly<Record<string, number>>;
  /** Measurements in a row that could not be taken. */
  readonly errors: number;
  /** Why a person is asked; null while nobody is. */
  readonly asks: string | null;
  /** Why it goes back to stable; null while it does not. */
  readonly fails: string | null;
}

export const START: Position = {
  index: 0,
  taken: 0,
  failed: {},
  inconclusive: {},
  looked: {},
  errors: 0,
  asks: null,
  fails: null,
};

export type Action =
  | {readonly do: 'setShadow'; readonly weight: number}
  | {readonly do: 'setWeight'; readonly weight: number}
  | {readonly do: 'pause'; readonly seconds: number}
  | {readonly do: 'measure'; readonly spec: Analysis; readonly afterSeconds: number}
  /** Wait until a person goes on or ends it. */
  | {readonly do: 'ask'; readonly reason: string}
  | {readonly do: 'fallBack'; readonly reason: string}
  | {readonly do: 'promote'};

export type Event =
  /** The step's pointer was moved, or its time is over. */
  | {readonly type: 'done'}
  | {readonly type: 'measured'; readonly result: AnalysisResult}
  | {readonly type: 'not_measured'; readonly error: string}
  /** A person goes on with the next step. */
  | {readonly type: 'resumed'}
  | {readonly type: 'aborted'; readonly reason: string};

/** What is to be done next. */
export function nextAction(steps: readonly RolloutStep[], at: Position): Action {
  if (at.fails !== null) return {do: 'fallBack', reason: at.fails};
  if (at.asks !== null) return {do: 'ask', reason: at.asks};
  const step = steps[at.index];
  if (step === undefined) return {do: 'promote'};
  if ('setShadow' in step) return {do: 'setShadow', weight: step.setShadow};
  if ('setWeight' in step) return {do: 'setWeight', weight: step.setWeight};
  if ('pause' in step) {
    if (step.pause.seconds === undefined) return {do: 'ask', reason: 'the step is a pause without an end'};
    return {do: 'pause', seconds: step.pause.seconds};
  }
  const {initialDelay, interval} = step.analysis;
  return {do: 'measure', spec: step.analysis, afterSeconds: at.taken === 0 ? initialDelay : interval};
}

/** Where the rollout stands after something happened. */
export function advance(steps: readonly RolloutStep[], at: Position, event: Event): Position {
  switch (event.type) {
    case 'aborted':
      return {...at, asks: null, fails: event.reason};
    case 'done':
    case 'resumed':
      return {...START, index: at.index + 1};
    case 'not_measured':
      return afterError(specOf(steps, at), at, event.error);
    case 'measured':
      return afterMeasurement(specOf(steps, at), at, event.result);
  }
}

/**
 * How far it goes when a person goes on now: to `stable`, unless a later step is sure to wait for a person again. An analysis
 * is not: it may pass by itself.
 */
export function reaches(steps: readonly RolloutStep[], at: Position): 'canary' | 'stable' {
  const later = steps.slice(at.index + 1);
  const waits = later.some((step) => 'pause' in step && step.pause.seconds === undefined);
  return waits ? 'canary' : 'stable';
}

/**
 * A metric that is inconclusive since fewer samples came than were asked for: more time may change that, so it counts neither
 * as failed nor as inconclusive.
 */
export function lacksSamples(metric: AnalysisResult['metrics'][number], spec: Analysis): boolean {
  return metric.verdict === 'inconclusive' && (metric.difference?.n ?? 0) < spec.minSamples;
}

function afterError(spec: Analysis, at: Position, error: string): Position {
  const errors = at.errors + 1;
  const limit = Math.min(...spec.metrics.map(({consecutiveErrorLimit}) => consecutiveErrorLimit));
  if (errors > limit) return {...at, errors, fails: `${errors} measurements in a row failed: ${error}`};
  return exhausted(spec, {...at, taken: at.taken + 1, errors}, `the last measurement failed: ${error}`);
}

function afterMeasurement(spec: Analysis, at: Position, result: AnalysisResult): Position {
  const anew = result.metrics.filter(
    ({name, difference}) => difference !== null && difference.n > (at.looked[name] ?? 0),
  );
  const now: Position = {
    ...at,
    taken: at.taken + 1,
    errors: 0,
    failed: count(at.failed, anew, ({verdict}) => verdict === 'fail'),
    inconclusive: count(
      at.inconclusive,
      anew,
      (metric) => metric.verdict === 'inconclusive' && !lacksSamples(metric, spec),
    ),
    looked: {...at.looked, ...Object.fromEntries(anew.map(({name, difference}) => [name, difference!.n]))},
  };
  for (const {name, failureLimit} of spec.metrics) {
    if ((now.failed[name] ?? 0) > failureLimit) return {...now, fails: reasonOf(result, name)};
  }
  for (const {name, inconclusiveLimit} of spec.metrics) {
    if ((now.inconclusive[name] ?? 0) > inconclusiveLimit) return {...now, asks: reasonOf(result, name)};
  }
  if (result.metrics.every(({verdict}) => verdict === 'pass')) return {...START, index: at.index + 1};
  const open = result.metrics.find(({verdict}) => verdict !== 'pass')!;
  return exhausted(spec, now, reasonOf(result, open.name));
}

/** After `count` measurements without a verdict a person is asked. */
function exhausted(spec: Analysis, at: Position, last: string): Position {
  if (at.taken < spec.count) return at;
  return {...at, asks: `no verdict after ${at.taken} measurements; ${last}`};
}

function count(
  before: Readonly<Record<string, number>>,
  metrics: AnalysisResult['metrics'],
  counts: (metric: AnalysisResult['metrics'][number]) => boolean,
): Record<string, number> {
  const after = {...before};
  for (const metric of metrics) if (counts(metric)) after[metric.name] = (after[metric.name] ?? 0) + 1;
  return after;
}

function reasonOf(result: AnalysisResult, name: string): string {
  return `${name}: ${result.metrics.find((metric) => metric.name === name)?.reason ?? 'not measured'}`;
}

function specOf(steps: readonly RolloutStep[], at: Position): Analysis {
  const step = steps[at.index];
  if (step === undefined || !('analysis' in step)) {
    throw new RangeError(`step ${at.index + 1} is no analysis: it has nothing to measure`);
  }
  return step.analysis;
}

/** A step as people read it: `canary 10 %`, `analysis of quality, error_rate (at least 20 answers)`. */
export function stepName(step: RolloutStep): string {
  if ('setShadow' in step) return `shadow ${step.setShadow} %`;
  if ('setWeight' in step) return `canary ${step.setWeight} %`;
  if ('pause' in step)
    return step.pause.seconds === undefined ? 'pause for a person' : `pause ${step.pause.seconds} s`;
  const {metrics, minSamples} = step.analysis;
  return `analysis of ${metrics.map(({name}) => name).join(', ')} (at least ${minSamples} answers)`;
}
