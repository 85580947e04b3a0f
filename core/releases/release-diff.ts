import type {Estimate} from '../../schemas/artifact.ts';
import type {DatasetVersion, Provenance} from '../../schemas/dataset.ts';
import type {Release} from '../../schemas/release.ts';
import type {Report} from '../../schemas/report.ts';
import {changes, flat, type Change} from './changes.ts';
import {adapterOf} from './models.ts';
import {PART_AREAS, partsOf, type PartArea} from './release-parts.ts';

/** What a release differs in: its own parts, the settings its adapter was trained with, and the rows behind it. */
export type Area = PartArea | 'training' | 'data';
export const AREAS: readonly Area[] = [...PART_AREAS, 'training', 'data'];

/** Read of a store about one release. A text says why there is nothing to read. */
export interface ReleaseFacts {
  readonly release: Release;
  /** Hyperparameters by name; null where nothing was trained. */
  readonly training: Readonly<Record<string, unknown>> | null | Unread;
  /** Null where the release was made of no dataset. */
  readonly data: DataFacts | null | Unread;
}
export interface Unread {
  readonly unread: string;
}
export interface DataFacts {
  readonly version: Pick<DatasetVersion, 'digest' | 'counts'>;
  readonly provenance: Pick<
    Provenance,
    'rowsIn' | 'rowsKept' | 'drops' | 'sources' | 'scrubbed' | 'labels' | 'feedback'
  >;
}

/** Rows of two dataset versions, by digest: `before` and `after` are those that only one of them has. */
export interface RowOverlap {
  readonly both: number;
  readonly before: number;
  readonly after: number;
  /** Of `both`, those in another split. */
  readonly moved: number;
}

export interface AreaDiff {
  readonly area: Area;
  /** None: the same. */
  readonly changes: readonly Change[];
  /** Why a side cannot be read; then nothing is compared. */
  readonly unread: string | null;
}

/** A gate as the last report of each release decided it; null where that has no such gate. */
export interface GateDiff {
  /** `triage_balanced_accuracy [frozen] non-inferiority 0.05` */
  readonly gate: string;
  readonly required: boolean;
  readonly before: Verdict | null;
  readonly after: Verdict | null;
}
type Verdict = Report['verdict'];

export interface MetricDiff {
  readonly metric: string;
  readonly before: Estimate | null;
  readonly after: Estimate | null;
}

/** What two releases are made of, part by part. */
export interface PartsDiff {
  readonly areas: readonly AreaDiff[];
  /** Null where one of them comes from no dataset, or both from the same. */
  readonly rows: RowOverlap | Unread | null;
}

/** Two releases of one project: what they are made of, and how each was judged. */
export interface ReleaseDiff extends PartsDiff {
  readonly project: string;
  /** Digests. */
  readonly before: string;
  readonly after: string;
  readonly gates: readonly GateDiff[];
  readonly metrics: {
    /** Both were asked the same rows, by the report of `after`; else each figure is of the release's own last report. */
    readonly sameRows: boolean;
    readonly all: readonly MetricDiff[];
  };
}

/** `rows`: of their datasets. */
export function partsDiff(
  before: ReleaseFacts,
  after: ReleaseFacts,
  rows: PartsDiff['rows'] = null,
): PartsDiff {
  const [old, now] = [partsOf(before.release), partsOf(after.release)];
  return {
    areas: [
      ...PART_AREAS.map((area) => ({area, changes: changes(old[area], now[area]), unread: null})),
      trainingDiff(before, after),
      areaOf('data', before.data, after.data, dataInNames),
    ],
    rows,
  };
}

/** How each was judged, by its last report; null where there is none. */
export function judgedDiff(before: Judged, after: Judged): Pick<ReleaseDiff, 'gates' | 'metrics'> {
  return {gates: gatesOf(before.report, after.report), metrics: metricsOf(before, after)};
}
export interface Judged {
  readonly digest: string;
  readonly report: Report | null;
}

/** Of one that was trained and one that was not, the digests of the settings say all there is to compare. */
function trainingDiff(before: ReleaseFacts, after: ReleaseFacts): AreaDiff {
  if (adapterOf(before.release) !== null && adapterOf(after.release) !== null)
    return areaOf('training', before.training, after.training, flat);
  const digestIn = ({release}: ReleaseFacts) => flat({training: adapterOf(release)?.training ?? 'none'});
  return {area: 'training', changes: changes(digestIn(before), digestIn(after)), unread: null};
}

function areaOf<T extends object>(
  area: Area,
  before: T | null | Unread,
  after: T | null | Unread,
  names: (value: T | null) => Map<string, string>,
): AreaDiff {
  const unread = [before, after].flatMap((side) => (isUnread(side) ? [side.unread] : []));
  if (unread.length > 0) return {area, changes: [], unread: [...new Set(unread)].join('; ')};
  return {area, changes: changes(names(before as T | null), names(after as T | null)), unread: null};
}

function isUnread(side: object | null): side is Unread {
  return side !== null && 'unread' in side && typeof side.unread === 'string';
}

function dataInNames(data: DataFacts | null): Map<string, string> {
  if (data === null) return flat({dataset: 'none'});
  const {version, provenance} = data;
  const {rowsIn, rowsKept, drops, sources, scrubbed, labels, feedback} = provenance;
  return flat({
    dataset: version.digest,
    rows: version.counts,
    read: rowsIn,
    kept: rowsKept,
    source: Object.fromEntries(sources.map(({name, rows}) => [name, rows])),
    dropped: drops,
    label: labels,
    scrubbed,
    ...(feedback === undefined ? {} : {feedback: {rows: feedback.rows, users: feedback.users}}),
  });
}

function gatesOf(before: Report | null, after: Report | null): GateDiff[] {
  const of = (report: Report | null) =>
    new Map((report?.gates ?? []).map((gate) => [gateKey(gate.spec), gate] as const));
  const [old, now] = [of(before), of(after)];
  return [...new Set([...now.keys(), ...old.keys()])].map((gate) => ({
    gate,
    required: (now.get(gate) ?? old.get(gate))!.spec.required,
    before: old.get(gate)?.verdict ?? null,
    after: now.get(gate)?.verdict ?? null,
  }));
}

/** A gate with another limit is another gate. */
function gateKey({metric, slice, against, test, margin, limit}: Report['gates'][number]['spec']): string {
  const where = slice === undefined ? '' : ` [${slice}]`;
  return `${metric}${where} ${test} ${limit ?? margin}${against === 'anchor' ? ', against the anchor' : ''}`;
}

function metricsOf(before: Judged, after: Judged): ReleaseDiff['metrics'] {
  const sameRows = after.report !== null && after.report.stable === before.digest;
  const old = (sameRows ? after.report?.metrics.stable : before.report?.metrics.candidate) ?? {};
  const now = after.report?.metrics.candidate ?? {};
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])].sort();
  const all = names.map((metric) => ({metric, before: old[metric] ?? null, after: now[metric] ?? null}));
  return {sameRows, all};
}
