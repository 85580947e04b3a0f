import type {Analysis, AnalysisResult} from '../../schemas/deployment.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {analyse, type AnalysisData} from './analysis.ts';

type Metric = AnalysisResult['metrics'][number];

/** Keys that are left out one after the other: those that gave the most. Each costs one more analysis. */
const MOST_KEYS = 20;

/**
 * The analysis, and whether it rests on one gateway key. Who holds a key may ask as any user, as often as it likes, and say of
 * each answer what it likes; so a verdict that is another one without what one key asked and said is inconclusive, and a person
 * is asked. Where the others gave too little to judge by, that key's word is the verdict: so it is of every project whose
 * requests all come with one key.
 */
export function analyseByKeys(data: AnalysisData, spec: Analysis): AnalysisResult {
  const whole = analyse(data, spec);
  const keys = keysOf(data);
  if (keys.length < 2) return whole;
  let metrics: readonly Metric[] = whole.metrics;
  for (const {key, share} of keys.slice(0, MOST_KEYS)) {
    if (metrics.every(({verdict}) => verdict === 'inconclusive')) break;
    const rest = analyse(without(data, key), spec).metrics;
    metrics = metrics.map((metric, i) => {
      const other = rest[i]!;
      // Null: too few to judge by.
      if (metric.verdict === 'inconclusive' || other.difference === null) return metric;
      if (other.verdict === metric.verdict) return metric;
      const of = `the ${Math.round(100 * share)} % that came with key ${key}`;
      const reason = `${metric.reason}; but not without ${of}: ${other.reason}`;
      return {...metric, verdict: 'inconclusive', reason};
    });
  }
  return {...whole, metrics: [...metrics], verdict: worst(metrics)};
}

/** Who asked and who said something, those with the largest share of answers and words first. */
function keysOf(data: AnalysisData): {key: string; share: number}[] {
  const askers = askersOf(data);
  const all = [...askers.values(), ...data.feedback.map((said) => giverOf(said, askers))];
  const counts = new Map<string, number>();
  for (const key of all) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([key, count]) => ({key, share: count / all.length}));
}

/** Answers that were asked for without a key, as a project has them of the time before its first. */
const NONE = 'none';

/** The key that asked, by trace; a shadow's answer is that of the request which it copies. */
function askersOf({stable, candidate}: AnalysisData): Map<string, string> {
  const askers = new Map([...stable, ...candidate].map(({id, key}) => [id, key ?? NONE]));
  for (const {id, shadowOf} of candidate) if (shadowOf !== null) askers.set(id, askers.get(shadowOf) ?? NONE);
  return askers;
}

/** Feedback that names no key of its own was given by the one that asked. */
function giverOf({trace, key}: Feedback, askers: ReadonlyMap<string, string>): string {
  return key ?? askers.get(traceOf(trace)) ?? NONE;
}

function without(data: AnalysisData, key: string): AnalysisData {
  const askers = askersOf(data);
  const others = (traces: readonly Trace[]) => traces.filter(({id}) => askers.get(id) !== key);
  return {
    ...data,
    stable: others(data.stable),
    candidate: others(data.candidate),
    feedback: data.feedback.filter(
      (said) => giverOf(said, askers) !== key && askers.get(traceOf(said.trace)) !== key,
    ),
  };
}

function traceOf(id: string): string {
  return id.replace(/^chatcmpl-/, '');
}

function worst(metrics: readonly Metric[]): Metric['verdict'] {
  const verdicts = new Set(metrics.map(({verdict}) => verdict));
  return verdicts.has('fail') ? 'fail' : verdicts.has('inconclusive') ? 'inconclusive' : 'pass';
}
