import type {Analysis, AnalysisResult} from '../../schemas/deployment.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {analyse, answersFor, type AnalysisData} from './analysis.ts';

type Metric = AnalysisResult['metrics'][number];

/** Keys that are left out one after the other: those that gave the most. Each costs one more analysis. */
const MOST_KEYS = 20;
/** With fewer answers, or words, of the others on a side, practically all of a project's requests come with one key. */
const LEAST_OF_OTHERS = 20;

/**
 * The analysis, and whether it rests on one gateway key. Who holds a key may ask as any user, as often as it likes, and say of
 * each answer what it likes; so a verdict that is another one without what one key asked and said is inconclusive, and a person
 * is asked. It is inconclusive, too, where the others gave 20 answers (for quality: judged ones) or more on each side, and too
 * few to judge by. Where they gave fewer, that key's word is the verdict: so it is of every project whose requests practically
 * all come with one key.
 *
 * The server itself records errors and latency, so their `fail` stands, whichever key asked. They also fail where the answers
 * without those of the key that asked most fail: no key can hide a failure among its own answers.
 */
export function analyseByKeys(data: AnalysisData, spec: Analysis): AnalysisResult {
  const whole = analyse(data, spec);
  const keys = keysOf(data);
  if (keys.length < 2) return whole;
  let metrics: readonly Metric[] = whole.metrics;
  for (const [i, about] of keys.slice(0, MOST_KEYS).entries()) {
    const askedMost = i === 0;
    if (!askedMost && !metrics.some(mayChange)) break;
    const others = without(data, about.key);
    const rest = analyse(others, spec).metrics;
    metrics = metrics.map((metric, m) => {
      const other = rest[m]!;
      return askedMost && isHidden(other, metric)
        ? failed(metric, other, about)
        : checked(metric, other, about, others);
    });
  }
  return {...whole, metrics: [...metrics], verdict: worst(metrics)};
}

interface KeyShare {
  readonly key: string;
  /** Of all answers and words. */
  readonly share: number;
}

/** Whether a look without one key may make another verdict of it. */
function mayChange({name, verdict}: Metric): boolean {
  return verdict === 'pass' || (verdict === 'fail' && name === 'quality');
}

/** Whether the others' answers show a failure that all of them together do not. */
function isHidden(other: Metric, {name, verdict}: Metric): boolean {
  return name !== 'quality' && verdict !== 'fail' && other.verdict === 'fail';
}

function failed(metric: Metric, other: Metric, about: KeyShare): Metric {
  return {...other, reason: `without ${partOf(about)}: ${other.reason}; of all: ${metric.reason}`};
}

/** A metric after a look at what `others` gave, without one key. */
function checked(metric: Metric, other: Metric, about: KeyShare, others: AnalysisData): Metric {
  if (!mayChange(metric) || other.verdict === metric.verdict) return metric;
  const tooFew = other.difference === null;
  if (tooFew && answersFor(metric.name, others) < LEAST_OF_OTHERS) return metric;
  const doubt = tooFew
    ? `too few came with other keys than ${about.key}: ${other.reason}`
    : `not without ${partOf(about)}: ${other.reason}`;
  return {...metric, verdict: 'inconclusive', reason: `${metric.reason}; but ${doubt}`};
}

function partOf({key, share}: KeyShare): string {
  return `the ${Math.round(100 * share)} % that came with key ${key}`;
}

/** Who asked and who said something: the key that asked most, then those with the largest share of answers and words. */
function keysOf(data: AnalysisData): KeyShare[] {
  const askers = askersOf(data);
  const asked = [...askers.values()];
  const all = [...asked, ...data.feedback.map((said) => giverOf(said, askers))];
  const counts = mostFirst(all);
  const [askedMost] = mostFirst(asked).keys();
  const keys = new Set([...(askedMost === undefined ? [] : [askedMost]), ...counts.keys()]);
  return [...keys].map((key) => ({key, share: counts.get(key)! / all.length}));
}

function mostFirst(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Map([...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
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
