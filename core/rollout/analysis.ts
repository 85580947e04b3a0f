import type {Analysis, AnalysisResult} from '../../schemas/deployment.ts';
import type {Estimate} from '../../schemas/artifact.ts';
import type {Verdict} from '../../schemas/names.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import type {Interval} from '../evaluation/statistics/proportion.ts';
import {varianceInflation} from '../evaluation/statistics/serial-correlation.ts';
import {pairedDifference} from './intervals.ts';
import {latencyBlock, leastFor, percentile, percentileBounds, ratioInterval} from './latency.ts';
import {asOf, lookAt, twoSided, type Look} from './looks.ts';
import {firstOfEach, itemOf, verdictsByTrace, pairOutcomes, wasRight, type PairOutcome} from './quality.ts';
import {judgedAt, ofUnits, shareOf, weightOf, worthOf, type Outcome} from './shares.ts';
import {unitMean, weightSoFar, type UnitMean} from './units.ts';

export interface AnalysisData {
  /** Answers of the stable release in the window, which its users saw. */
  readonly stable: readonly Trace[];
  /** Answers of the candidate in the window: to its users as canary, or unseen as shadow. */
  readonly candidate: readonly Trace[];
  /** Given about any of them, in any order. */
  readonly feedback: readonly Feedback[];
  /** Tasks whose answer is a label, so that a correction is the truth for every answer. */
  readonly labelTasks: ReadonlySet<string>;
}

type Metric = AnalysisResult['metrics'][number];
type Spec = Analysis['metrics'][number];

/** Of each bound of the 95 % intervals that a measurement shows. */
const SHOWN_ERROR = 0.025;
/** .95^72 < 2.5 %, the error of a first look; a median takes as many, so that alike neighbours show. */
const LEAST_LATENCIES = 72;
const PERCENTILES = {latency_p50_ms: 0.5, latency_p95_ms: 0.95} as const;
/** Blocks of a median: of fewer, how alike neighbours are says too little. */
const LEAST_BLOCKS = 12;

/**
 * Candidate against the concurrent stable: is it no worse than `margin`, by an interval? Judged are the answers of the
 * last look (see looks.ts), so that a harm as large as the margin passes with 5 % at most however often this is called.
 * `pass`: the look's one-sided bound of the harm is below the margin. `fail`: the bound on the other side is above it, the
 * harm is shown. Else, or with fewer than `minSamples` in either arm, `inconclusive`. Shares are taken by unit (see units.ts),
 * latencies by blocks of time (see latency.ts); for quality a row counts once a task, however often it was asked.
 */
export function analyse(data: AnalysisData, spec: Analysis): AnalysisResult {
  const pairs = pairsOf(data);
  const metrics = spec.metrics.map((metric): Metric => {
    if (metric.name === 'quality') return quality(data, pairs, metric, spec.minSamples);
    if (metric.name === 'error_rate') return errorRate(data, metric, spec.minSamples);
    return latency(data, metric, spec.minSamples);
  });
  return {
    verdict: worst(metrics.map(({verdict}) => verdict)),
    metrics,
    samples: {stable: data.stable.length, canary: data.candidate.length, paired: pairs.length},
  };
}

/** 5xx, or an answer that broke off. What a client or a guardrail refused (4xx) is no error of the release. */
export function isError({status, error}: Pick<Trace, 'status' | 'error'>): boolean {
  return status >= 500 || (error !== null && status < 400);
}

/** Answers that a metric goes by, for quality judged ones or pairs, on the side that has fewer of them. */
export function answersFor(name: Metric['name'], data: AnalysisData): number {
  const fewer = (one: readonly unknown[], other: readonly unknown[]): number =>
    Math.min(one.length, other.length);
  const {stable, candidate} = data;
  if (name === 'error_rate') return fewer(stable, candidate);
  if (name !== 'quality') return fewer(stable.filter(isAnswered), candidate.filter(isAnswered));
  const judged = verdictsByTrace(data.feedback);
  const known = pairOutcomes(pairsOf(data), judged, data.labelTasks);
  return Math.max(known.length, fewer(rightOf(stable, judged), rightOf(candidate.filter(isSeen), judged)));
}

function isAnswered(trace: Trace): boolean {
  return !isError(trace);
}

/** A user got it. */
function isSeen({role}: Trace): boolean {
  return role === 'canary';
}

function quality(
  data: AnalysisData,
  pairs: readonly Pair[],
  {name, margin}: Spec,
  minSamples: number,
): Metric {
  const judged = verdictsByTrace(data.feedback);
  const known = pairOutcomes(pairs, judged, data.labelTasks);
  const look = lookAt(weightOf(known), minSamples);
  if (look !== null) return pairedQuality(asOf(look.n, known, known, weightSoFar)[0], look, {name, margin});
  const stable = rightOf(data.stable, judged);
  const canary = rightOf(data.candidate.filter(isSeen), judged);
  const alone = judgedAt({stable, canary, minSamples, better: 'more'});
  if (alone === null) {
    return tooFew(
      name,
      minSamples,
      `${known.length} judged pairs${ofUnits(known)}; judged answers: stable ${stable.length}${ofUnits(stable)}, canary ${canary.length}${ofUnits(canary)}`,
      Math.max(weightOf(known), Math.min(weightOf(stable), weightOf(canary))),
    );
  }
  return decideHarm({
    name,
    margin,
    ...alone.shares,
    better: 'more',
    how: `right answers by feedback (stable ${alone.stable.answers}, canary ${alone.canary.answers}${alone.about})`,
  });
}

/** Requests that both answered, in order of time. A pair is a gain, a loss or neither; all three shares are taken by unit. */
function pairedQuality(
  outcomes: readonly PairOutcome[],
  look: Look,
  {name, margin}: Pick<Spec, 'name' | 'margin'>,
): Metric {
  const units = outcomes.map(({unit}) => unit);
  const meanOf = (value: (outcome: PairOutcome) => number): UnitMean =>
    unitMean(outcomes.map(value), units, {worst: -1, error: look.error});
  const gain = ({stable, candidate}: PairOutcome): number => Number(candidate) - Number(stable);
  const difference = meanOf(gain);
  const inARow = difference.answers / varianceInflation(outcomes.map(gain));
  const [up, down] = [1, -1].map((way) => meanOf((o) => (gain(o) === way ? 1 : 0)).mean) as [number, number];
  const counts = (n: number) => ({gained: n * up, lost: n * down, n: Math.max(n, n * up + n * down)});
  const careful = counts(Math.min(difference.worth, inARow));
  const [gained, lost] = [1, -1].map((way) => outcomes.filter((o) => gain(o) === way).length);
  const n = outcomes.length;
  return decideHarm({
    name,
    margin,
    stable: shareOf(meanOf((o) => Number(o.stable))),
    canary: shareOf(meanOf((o) => Number(o.candidate))),
    difference: {value: difference.mean, ...pairedDifference(careful), n: look.n},
    oneSided: {
      low: pairedDifference(careful, twoSided(look)).low,
      high: pairedDifference(counts(difference.worth), twoSided(look)).high,
    },
    better: 'more',
    how: `right answers over ${n} requests that both answered (${gained} gained, ${lost} lost${worthOf([difference])})`,
  });
}

function errorRate(data: AnalysisData, {name, margin}: Spec, minSamples: number): Metric {
  const [one, two] = [data.stable.map(failedOrNot), data.candidate.map(failedOrNot)];
  const judged = judgedAt({stable: one, canary: two, minSamples, better: 'less'});
  if (judged === null) {
    const what = `answers: stable ${one.length}${ofUnits(one)}, candidate ${two.length}${ofUnits(two)}`;
    return tooFew(name, minSamples, what, Math.min(weightOf(one), weightOf(two)));
  }
  const {stable, canary} = judged;
  return decideHarm({
    name,
    margin,
    ...judged.shares,
    better: 'less',
    how: `errors: stable ${stable.hits} of ${stable.answers}, candidate ${canary.hits} of ${canary.answers}${judged.about}`,
  });
}

/**
 * Ratio of the medians or 95th percentiles of the whole latency, each bounded by its order statistics. Looks are taken by the number of
 * answers; where neighbours in time are alike, whole blocks of them count as one, and a look whose blocks are too few to
 * bound the percentile has no verdict.
 */
function latency(data: AnalysisData, {name, margin}: Spec, minSamples: number): Metric {
  const of = PERCENTILES[name as keyof typeof PERCENTILES];
  const least = Math.max(minSamples, LEAST_LATENCIES);
  const answered = [data.stable, data.candidate].map((traces) => traces.filter(isAnswered));
  const [ofStable, ofCandidate] = answered.map((traces) => traces.length) as [number, number];
  const smaller = Math.min(ofStable, ofCandidate);
  const look = lookAt(smaller, least);
  if (look === null)
    return tooFew(name, least, `answers: stable ${ofStable}, candidate ${ofCandidate}`, smaller);
  const sides = asOf(look.n, answered[0]!, answered[1]!).map((traces) => {
    const values = traces.map(({latencyMs}) => latencyMs.total);
    const block = latencyBlock(values, of);
    return {values, block, worth: values.length / block, value: percentile(values, of)};
  });
  const [stable, candidate] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const needed = Math.max(LEAST_BLOCKS, leastFor(look.error, of));
  const worth = Math.floor(Math.min(stable.worth, candidate.worth));
  const blocks = `blocks of ${stable.block} answers of stable, ${candidate.block} of the candidate`;
  if (worth < needed) return tooFew(name, needed, `${look.n} answers count as ${worth}: ${blocks}`, worth);
  const bounds = (side: typeof stable, error: number): Interval & {value: number} => ({
    value: side.value,
    ...percentileBounds(side.values, {of, worth: side.worth, error}),
  });
  const ratio = (error: number): Interval => ratioInterval(bounds(stable, error), bounds(candidate, error));
  const estimate = (side: typeof stable): Estimate => ({
    ...bounds(side, SHOWN_ERROR),
    n: side.values.length,
  });
  const alike = stable.block > 1 || candidate.block > 1 ? `, ${blocks}` : '';
  return decideHarm({
    name,
    margin,
    stable: estimate(stable),
    canary: estimate(candidate),
    difference: {
      value: candidate.value / Math.max(stable.value, 1e-9),
      ...ratio(SHOWN_ERROR),
      n: look.n,
    },
    oneSided: ratio(look.error),
    better: 'less',
    how: `p${of * 100} ${stable.value.toFixed(0)} ms of stable, ${candidate.value.toFixed(0)} ms of the candidate${alike}; as a ratio`,
  });
}

/** The rule that every metric is decided by. `difference` is candidate − stable (a ratio for latency). */
function decideHarm(about: {
  readonly name: string;
  readonly margin: number;
  readonly stable: Estimate;
  readonly canary: Estimate;
  readonly difference: Estimate;
  readonly oneSided: {readonly low: number; readonly high: number};
  readonly better: 'more' | 'less';
  readonly how: string;
}): Metric {
  const {name, margin, stable, canary, difference, oneSided, better, how} = about;
  // Harm grows upwards: for what should be more, harm is the loss.
  const [least, most] = better === 'less' ? [oneSided.low, oneSided.high] : [-oneSided.high, -oneSided.low];
  const verdict: Verdict = most < margin ? 'pass' : least > margin ? 'fail' : 'inconclusive';
  const word = {
    pass: 'no worse than the margin',
    fail: 'worse than the margin',
    inconclusive: 'the interval holds the margin: more answers are needed',
  }[verdict];
  const interval = `${fixed(difference.value)} [${fixed(difference.low)}, ${fixed(difference.high)}]`;
  const reason = `${how}: ${interval}, one-sided harm at most ${fixed(most)} against ${fixed(margin)}: ${word}`;
  return {name, verdict, stable, canary, difference, reason};
}

function tooFew(name: string, minSamples: number, what: string, n: number): Metric {
  return {
    name,
    verdict: 'inconclusive',
    stable: null,
    canary: null,
    difference: null,
    reason: `not enough samples: ${Math.floor(n + 1e-6)} of ${minSamples} (${what})`,
  };
}

interface Pair {
  readonly stable: Trace;
  readonly candidate: Trace;
}

function pairsOf({stable, candidate}: AnalysisData): Pair[] {
  const seen = new Map(stable.map((trace) => [trace.id, trace]));
  return candidate.flatMap((trace) => {
    const of = trace.shadowOf === null ? undefined : seen.get(trace.shadowOf);
    return of === undefined || isError(of) || isError(trace) ? [] : [{stable: of, candidate: trace}];
  });
}

function failedOrNot(trace: Trace): Outcome {
  return {hit: isError(trace), unit: trace.unit, at: trace.at};
}

function rightOf(traces: readonly Trace[], judged: ReturnType<typeof verdictsByTrace>): Outcome[] {
  const known = traces.flatMap((trace) => {
    const word = judged.get(trace.id);
    const right = isError(trace) ? null : wasRight(trace.output, word);
    return right === null ? [] : [{item: itemOf(trace), hit: right, unit: trace.unit, at: word!.at}];
  });
  return firstOfEach(known);
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

function fixed(value: number): string {
  return value.toFixed(3);
}
