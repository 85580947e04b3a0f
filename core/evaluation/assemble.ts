import type {Estimate} from '../../schemas/artifact.ts';
import type {GateSpec, Report} from '../../schemas/report.ts';
import {againstBagOfWords} from './baselines/against-bag-of-words.ts';
import {decideGate, estimateOf, type Evidence} from './gates/decide.ts';
import type {MeasuredSample, Metric} from './catalog/metric.ts';
import {withAnchoredGates} from './gates/anchored-gates.ts';
import {withImpliedGates} from './gates/implied-gates.ts';
import {comparesReleases} from './gates/compares.ts';
import type {Observation} from './gates/measure.ts';
import {unitOf} from './gates/unit.ts';
import {applicableGates, overallVerdict, type Occasion} from './verdict.ts';

/** Everything that was measured, ready to be judged. */
export interface Measured {
  readonly catalog: ReadonlyMap<string, Metric>;
  readonly gates: readonly GateSpec[];
  readonly occasion: Occasion;
  /** No release answered before: gates that compare do not apply. */
  readonly nothingBefore?: boolean;
  readonly maxErrorShare: number;
  readonly samples: Readonly<Record<'candidate' | 'stable' | 'base', readonly MeasuredSample[]>> & {
    /** Null where no other release than stable is the anchor. */
    readonly anchor?: readonly MeasuredSample[] | null;
  };
  /** The baselines' answers as samples, by the baseline's name. */
  readonly baselines: Readonly<Record<string, readonly MeasuredSample[]>>;
  /** By task: mean time of an answer of bag of words, in ms. */
  readonly bagOfWordsMs?: Readonly<Record<string, number>>;
  /** Metric → why it could not be measured at all. */
  readonly unmeasured: Readonly<Record<string, string>>;
  /** Of costs, as gates' reasons name it; none by default. */
  readonly currency?: string;
}

/** The parts of a report that follow from the samples. */
export type Findings = Pick<
  Report,
  'verdict' | 'gates' | 'metrics' | 'slices' | 'stableSlices' | 'baselines' | 'bagOfWords' | 'errors'
> & {
  /** The anchor's figures; null without one. */
  readonly anchorMetrics: Record<string, Estimate> | null;
};

/** Slices with fewer scored items than this are not shown: their figures would say nothing. */
const LEAST_ITEMS = 5;

/** Metrics, slices, baselines, gates and the verdict; pure: the same samples give the same findings. */
export function assemble(measured: Measured): Findings {
  const {catalog, samples, maxErrorShare, currency = ''} = measured;
  const {anchor = null} = samples;
  const policy = withAnchoredGates(withImpliedGates(measured.gates, catalog), anchor !== null);
  const applicable = applicableGates(policy, measured.occasion);
  const deciding = measured.nothingBefore ? applicable.filter((gate) => !comparesReleases(gate)) : applicable;
  const gates = deciding.map((spec) =>
    decideGate(spec, evidenceFor(spec, measured), {
      maxErrorShare,
      unit: unitOf(spec, catalog.get(spec.metric), currency),
    }),
  );
  return {
    verdict: overallVerdict(gates),
    gates,
    metrics: {
      base: figures(catalog, samples.base),
      stable: figures(catalog, samples.stable),
      candidate: figures(catalog, samples.candidate),
    },
    anchorMetrics: anchor === null ? null : figures(catalog, anchor),
    slices: slices(catalog, samples.candidate),
    stableSlices: slices(catalog, samples.stable),
    baselines: Object.fromEntries(
      Object.entries(measured.baselines).map(([name, answers]) => [name, figures(catalog, answers)]),
    ),
    bagOfWords: againstBagOfWords(catalog, samples.candidate, measured.baselines['bag_of_words'] ?? [], {
      maxErrorShare,
      milliseconds: measured.bagOfWordsMs ?? {},
    }),
    errors: samples.candidate.filter((sample) => sample.error !== null).length,
  };
}

function evidenceFor(spec: GateSpec, {catalog, samples, unmeasured}: Measured): Evidence {
  const metric = catalog.get(spec.metric);
  if (metric === undefined) {
    return {
      status: 'not-measured',
      reason: `there is no metric "${spec.metric}"; ${nearby(spec.metric, catalog)}`,
    };
  }
  const reason = unmeasured[spec.metric];
  if (reason !== undefined) return {status: 'not-measured', reason};
  const anchored = spec.against === 'anchor';
  if (anchored && (samples.anchor ?? null) === null)
    return {status: 'not-measured', reason: 'no release but stable is the anchor (gauntlet.anchor)'};
  const within = (all: readonly MeasuredSample[]): Observation[] =>
    observe(metric, spec.slice === undefined ? all : all.filter((s) => s.slices.includes(spec.slice!)));
  return {
    status: 'measured',
    measure: metric.measure,
    candidate: within(samples.candidate),
    stable: within(anchored ? samples.anchor! : samples.stable),
  };
}

function observe(metric: Metric, samples: readonly MeasuredSample[]): Observation[] {
  return samples.flatMap((sample) => metric.observe(sample) ?? []);
}

function figures(
  catalog: ReadonlyMap<string, Metric>,
  samples: readonly MeasuredSample[],
): Record<string, Estimate> {
  const known: Record<string, Estimate> = {};
  for (const [name, metric] of catalog) {
    const estimate = estimateOf(metric.measure, observe(metric, samples));
    if (estimate !== null) known[name] = estimate;
  }
  return known;
}

function slices(
  catalog: ReadonlyMap<string, Metric>,
  samples: readonly MeasuredSample[],
): Record<string, Record<string, Estimate>> {
  const names = [...new Set(samples.flatMap((sample) => sample.slices))].sort();
  const shown = names.map((slice): [string, Record<string, Estimate>] => {
    const all = figures(
      new Map([...catalog].filter(([, metric]) => metric.sliced)),
      samples.filter((sample) => sample.slices.includes(slice)),
    );
    return [slice, Object.fromEntries(Object.entries(all).filter(([, {n}]) => n >= LEAST_ITEMS))];
  });
  return Object.fromEntries(shown.filter(([, known]) => Object.keys(known).length > 0));
}

function nearby(name: string, catalog: ReadonlyMap<string, Metric>): string {
  const stem = name.split('_')[0]!;
  const alike = [...catalog.keys()].filter((known) => known.startsWith(stem));
  return `known are ${(alike.length > 0 ? alike : [...catalog.keys()]).join(', ')}`;
}
