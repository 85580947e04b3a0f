import type {Analysis, AnalysisResult} from '../../schemas/deployment.ts';
import type {Estimate} from '../../schemas/artifact.ts';
import type {Verdict} from '../../schemas/names.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {sortedQuantile} from '../evaluation/statistics/quantile.ts';
import {wilson} from '../evaluation/statistics/proportion.ts';
import {seededRandom} from '../evaluation/statistics/random.ts';
import {exactDifference, independentDifference, pairedDifference} from './intervals.ts';
import {asOf, lookAt, type Look, type Timed} from './looks.ts';
import {firstOfEach, itemOf, judgedBy, pairOutcomes, wasRight} from './quality.ts';

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

const RESAMPLES = 1000;
/** A p95 over more answers than this is precise enough; a bootstrap over all of them would only take longer. */
const MOST_LATENCIES = 5000;
/** .95^72 < 2.5 %, the error of a first look; later looks grow faster than they need. */
const LEAST_LATENCIES = 72;

/**
 * Candidate against the concurrent stable: is it no worse than `margin`, by an interval? Judged are the answers of the
 * last look (see looks.ts), so that a harm as large as the margin passes with 5 % at most however often this is called.
 * `pass`: the look's one-sided bound of the harm is below the margin. `fail`: the bound on the other side is above it, the
 * harm is shown. Else, or with fewer than `minSamples` in either arm, `inconclusive`. Answers are taken as
 * independent; for quality a row counts once a task, however often it was asked.
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

function quality(
  data: AnalysisData,
  pairs: readonly Pair[],
  {name, margin}: Spec,
  minSamples: number,
): Metric {
  const judged = judgedBy(data.feedback);
  const known = pairOutcomes(pairs, judged, data.labelTasks);
  const look = lookAt(known.length, minSamples);
  if (look !== null) {
    const {n} = look;
    const outcomes = known.slice(0, n);
    const gained = outcomes.filter((o) => o.candidate && !o.stable).length;
    const lost = outcomes.filter((o) => o.stable && !o.candidate).length;
    return judgeHarm({
      name,
      margin,
      stable: share(outcomes.filter((o) => o.stable).length, n),
      canary: share(outcomes.filter((o) => o.candidate).length, n),
      difference: {value: (gained - lost) / n, ...pairedDifference({gained, lost, n}), n},
      oneSided: pairedDifference({gained, lost, n}, twoSided(look)),
      better: 'more',
      how: `right answers over ${n} requests that both answered (${gained} gained, ${lost} lost)`,
    });
  }
  const stable = rightOf(data.stable, judged);
  const canary = rightOf(
    data.candidate.filter(({role}) => role === 'canary'),
    judged,
  );
  const alone = judgedAt(stable, canary, minSamples);
  if (alone === null) {
    return tooFew(
      name,
      minSamples,
      `${known.length} judged pairs; judged answers: stable ${stable.length}, canary ${canary.length}`,
      Math.max(known.length, Math.min(stable.length, canary.length)),
    );
  }
  return judgeHarm({
    name,
    margin,
    ...alone.shares,
    better: 'more',
    how: `right answers by feedback (stable ${alone.stable.n}, canary ${alone.canary.n})`,
  });
}

function errorRate(data: AnalysisData, {name, margin}: Spec, minSamples: number): Metric {
  const judged = judgedAt(data.stable.map(failedOrNot), data.candidate.map(failedOrNot), minSamples);
  if (judged === null) {
    const [n, m] = [data.stable.length, data.candidate.length];
    return tooFew(name, minSamples, `answers: stable ${n}, candidate ${m}`, Math.min(n, m));
  }
  const {stable, canary} = judged;
  return judgeHarm({
    name,
    margin,
    ...judged.shares,
    better: 'less',
    how: `errors: stable ${stable.successes} of ${stable.n}, candidate ${canary.successes} of ${canary.n}`,
  });
}

/**
 * Ratio of the 95th percentiles of the whole latency; the interval by bootstrap, both arms resampled. Of fewer than
 * LEAST_LATENCIES the largest may well lie below the percentile, and no interval from the sample holds it.
 */
function latency(data: AnalysisData, {name, margin}: Spec, minSamples: number): Metric {
  const least = Math.max(minSamples, LEAST_LATENCIES);
  const answered = [data.stable, data.candidate].map((traces) => traces.filter((trace) => !isError(trace)));
  const [ofStable, ofCandidate] = answered.map((traces) => traces.length) as [number, number];
  const smaller = Math.min(ofStable, ofCandidate);
  const look = lookAt(smaller, least);
  if (look === null)
    return tooFew(name, least, `answers: stable ${ofStable}, candidate ${ofCandidate}`, smaller);
  const [stable, candidate] = asOf(look.n, answered[0]!, answered[1]!).map((traces) =>
    spread(traces.map(({latencyMs}) => latencyMs.total)),
  ) as [number[], number[]];
  const random = seededRandom('rollout/latency_p95');
  const p95 = (values: readonly number[]): number => sortedQuantile(Float64Array.from(values).sort(), 0.95);
  const resample = (values: readonly number[]): number =>
    p95(values.map(() => values[random.below(values.length)]!));
  const [a, b, ratios] = [[], [], []] as [number[], number[], number[]];
  for (let i = 0; i < RESAMPLES; i++) {
    a.push(resample(stable));
    b.push(resample(candidate));
    ratios.push(b[i]! / Math.max(a[i]!, 1e-9));
  }
  const [sortedA, sortedB, sorted] = [a, b, ratios].map((values) => Float64Array.from(values).sort()) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const estimate = (value: number, drawn: Float64Array, n: number): Estimate => ({
    value,
    low: sortedQuantile(drawn, 0.025),
    high: sortedQuantile(drawn, 0.975),
    n,
  });
  const [was, is] = [p95(stable), p95(candidate)];
  return judgeHarm({
    name,
    margin,
    stable: estimate(was, sortedA, stable.length),
    canary: estimate(is, sortedB, candidate.length),
    difference: estimate(is / Math.max(was, 1e-9), sorted, look.n),
    oneSided: {low: sortedQuantile(sorted, look.error), high: sortedQuantile(sorted, 1 - look.error)},
    better: 'less',
    how: `p95 ${was.toFixed(0)} ms of stable, ${is.toFixed(0)} ms of the candidate; as a ratio`,
  });
}

/** The rule that every metric is decided by. `difference` is candidate − stable (a ratio for latency). */
function judgeHarm(about: {
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
    ...{stable: null, canary: null, difference: null},
    reason: `not enough samples: ${n} of ${minSamples} (${what})`,
  };
}

interface Pair {
  readonly stable: Trace;
  readonly candidate: Trace;
}
interface Share {
  readonly successes: number;
  readonly n: number;
}

function pairsOf({stable, candidate}: AnalysisData): Pair[] {
  const seen = new Map(stable.map((trace) => [trace.id, trace]));
  return candidate.flatMap((trace) => {
    const of = trace.shadowOf === null ? undefined : seen.get(trace.shadowOf);
    return of === undefined || isError(of) || isError(trace) ? [] : [{stable: of, candidate: trace}];
  });
}

/** An answer, or a row, that was right, or failed, or not. */
interface Outcome extends Timed {
  readonly hit: boolean;
}

function failedOrNot(trace: Trace): Outcome {
  return {hit: isError(trace), at: trace.at};
}

function rightOf(traces: readonly Trace[], judged: ReturnType<typeof judgedBy>): Outcome[] {
  const known = traces.flatMap((trace) => {
    const word = judged.get(trace.id);
    const right = isError(trace) ? null : wasRight(trace.output, word);
    return right === null ? [] : [{item: itemOf(trace), hit: right, at: word!.at}];
  });
  return firstOfEach(known);
}

/** Both sides as the last look has them; null before the first. */
function judgedAt(stable: readonly Outcome[], canary: readonly Outcome[], minSamples: number) {
  const look = lookAt(Math.min(stable.length, canary.length), minSamples);
  if (look === null) return null;
  const [one, two] = asOf(look.n, stable, canary).map((side): Share => ({
    successes: side.filter(({hit}) => hit).length,
    n: side.length,
  })) as [Share, Share];
  return {stable: one, canary: two, shares: shares(one, two, look)};
}

function shares(stable: Share, canary: Share, look: Look) {
  const value = canary.successes / canary.n - stable.successes / stable.n;
  return {
    stable: share(stable.successes, stable.n),
    canary: share(canary.successes, canary.n),
    difference: {value, ...independentDifference(stable, canary), n: Math.min(stable.n, canary.n)},
    oneSided: exactDifference(stable, canary, twoSided(look)),
  };
}

function share(successes: number, n: number): Estimate {
  return {value: successes / n, ...wilson(successes, n), n};
}

/** The confidence of a two-sided interval each of whose bounds errs as often as the look may. */
function twoSided({error}: Look): number {
  return 1 - 2 * error;
}

/** At most MOST_LATENCIES of them, evenly over the window. */
function spread(values: readonly number[]): readonly number[] {
  if (values.length <= MOST_LATENCIES) return values;
  const step = values.length / MOST_LATENCIES;
  return Array.from({length: MOST_LATENCIES}, (_, i) => values[Math.floor(i * step)]!);
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

function fixed(value: number): string {
  return value.toFixed(3);
}
