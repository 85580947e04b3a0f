import type {Analysis, AnalysisResult} from '../../schemas/deployment.ts';
import type {Estimate} from '../../schemas/artifact.ts';
import type {Verdict} from '../../schemas/names.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {sortedQuantile} from '../evaluation/statistics/bootstrap.ts';
import {wilson} from '../evaluation/statistics/proportion.ts';
import {seededRandom} from '../evaluation/statistics/random.ts';
import {independentDifference, pairedDifference} from './intervals.ts';
import {itemOf, judgedBy, pairOutcomes, wasRight} from './quality.ts';

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

/**
 * Candidate against the concurrent stable: is it no worse than `margin`, by an interval?
 * `pass`: the one-sided 95 % bound of the harm is below the margin. `fail`: so is not even the bound on the other side, the
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
  const outcomes = pairOutcomes(pairs, judged, data.labelTasks);
  if (outcomes.length >= minSamples) {
    const n = outcomes.length;
    const gained = outcomes.filter((o) => o.candidate && !o.stable).length;
    const lost = outcomes.filter((o) => o.stable && !o.candidate).length;
    return judgeHarm({
      name,
      margin,
      stable: share(outcomes.filter((o) => o.stable).length, n),
      canary: share(outcomes.filter((o) => o.candidate).length, n),
      difference: {value: (gained - lost) / n, ...pairedDifference({gained, lost, n}), n},
      oneSided: pairedDifference({gained, lost, n}, 0.9),
      better: 'more',
      how: `right answers over ${n} requests that both answered (${gained} gained, ${lost} lost)`,
    });
  }
  const stable = rightOf(data.stable, judged);
  const canary = rightOf(
    data.candidate.filter(({role}) => role === 'canary'),
    judged,
  );
  if (stable.n < minSamples || canary.n < minSamples) {
    return tooFew(
      name,
      minSamples,
      `${outcomes.length} judged pairs; judged answers: stable ${stable.n}, canary ${canary.n}`,
      Math.max(outcomes.length, Math.min(stable.n, canary.n)),
    );
  }
  return judgeHarm({
    name,
    margin,
    ...shares(stable, canary),
    better: 'more',
    how: `right answers by feedback (stable ${stable.n}, canary ${canary.n})`,
  });
}

function errorRate(data: AnalysisData, {name, margin}: Spec, minSamples: number): Metric {
  const [stable, canary] = [data.stable, data.candidate].map((traces) => ({
    successes: traces.filter(isError).length,
    n: traces.length,
  })) as [Share, Share];
  if (stable.n < minSamples || canary.n < minSamples) {
    const n = Math.min(stable.n, canary.n);
    return tooFew(name, minSamples, `answers: stable ${stable.n}, candidate ${canary.n}`, n);
  }
  return judgeHarm({
    name,
    margin,
    ...shares(stable, canary),
    better: 'less',
    how: `errors: stable ${stable.successes} of ${stable.n}, candidate ${canary.successes} of ${canary.n}`,
  });
}

/** Ratio of the 95th percentiles of the whole latency; the interval by bootstrap, both arms resampled. */
function latency(data: AnalysisData, {name, margin}: Spec, minSamples: number): Metric {
  const [stable, candidate] = [data.stable, data.candidate].map((traces) =>
    spread(traces.filter((trace) => !isError(trace)).map(({latencyMs}) => latencyMs.total)),
  ) as [number[], number[]];
  if (stable.length < minSamples || candidate.length < minSamples) {
    const n = Math.min(stable.length, candidate.length);
    return tooFew(name, minSamples, `answers: stable ${stable.length}, candidate ${candidate.length}`, n);
  }
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
  const n = Math.min(stable.length, candidate.length);
  return judgeHarm({
    name,
    margin,
    stable: estimate(was, sortedA, stable.length),
    canary: estimate(is, sortedB, candidate.length),
    difference: estimate(is / Math.max(was, 1e-9), sorted, n),
    oneSided: {low: sortedQuantile(sorted, 0.05), high: sortedQuantile(sorted, 0.95)},
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

function rightOf(traces: readonly Trace[], judged: ReturnType<typeof judgedBy>): Share {
  const known = new Map<string, boolean>();
  for (const trace of traces) {
    const right = isError(trace) ? null : wasRight(trace.output, judged.get(trace.id));
    if (right !== null) known.set(itemOf(trace), right);
  }
  return {successes: [...known.values()].filter(Boolean).length, n: known.size};
}

function shares(stable: Share, canary: Share) {
  const value = canary.successes / canary.n - stable.successes / stable.n;
  return {
    stable: share(stable.successes, stable.n),
    canary: share(canary.successes, canary.n),
    difference: {value, ...independentDifference(stable, canary), n: Math.min(stable.n, canary.n)},
    oneSided: independentDifference(stable, canary, 0.9),
  };
}

function share(successes: number, n: number): Estimate {
  return {value: successes / n, ...wilson(successes, n), n};
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
