import {CountedDecision} from '../schemas/approval.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {Provenance} from '../schemas/dataset.ts';
import type {ModelPart, Release} from '../schemas/release.ts';
import {SPLITS} from '../schemas/row.ts';
import type {Trace} from '../schemas/trace.ts';
import {RatchetError} from '../schemas/errors.ts';
import {digestOf} from '../core/identity/digest.ts';
import {adaptersOf, modelsOf, promptsOf} from '../core/releases/models.ts';
import {short} from '../schemas/names.ts';
import {ChainHistory} from '../stores/audit/chain-history.ts';
import {datasetAmiss} from '../stores/audit/prove-dataset.ts';
import {provenReport} from '../stores/audit/prove-report.ts';
import {originAmiss} from '../stores/registry/registry.ts';
import type {Stores} from '../stores/stores.ts';
import {z} from 'zod';

/** One line of a dataset's index. */
const IndexRow = z.looseObject({digest: z.string(), split: z.enum(SPLITS), id: z.string()});

export interface DatasetLineage {
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Every row of the train split, by digest and id: what the adapter was trained from. */
  readonly trainRows: readonly {readonly digest: string; readonly id: string}[];
  readonly rowsIn: number;
  readonly rowsKept: number;
  readonly drops: Readonly<Record<string, number>>;
  readonly sources: z.infer<typeof Provenance>['sources'];
  readonly tombstones: readonly string[];
  readonly parents: readonly DatasetLineage[];
}

/** Where a release comes from, as far as the store knows: every digest that an approver, an auditor or an heir needs. */
export interface ReleaseLineage {
  readonly release: string;
  readonly parent: string | null;
  /** By their names in the release. */
  readonly models: Readonly<Record<string, ModelPart>>;
  readonly prompts: readonly {readonly task: string; readonly digest: string; readonly template: string}[];
  readonly transform: string;
  readonly guardrails: string;
  readonly dataset: DatasetLineage | null;
  readonly reports: readonly {
    readonly digest: string;
    readonly verdict: string;
    readonly at: string;
    readonly run: string;
    readonly stable: string;
    readonly gates: readonly {
      readonly metric: string;
      readonly required: boolean;
      readonly verdict: string;
      readonly reason: string;
    }[];
  }[];
  readonly approvals: readonly ReleaseApproval[];
  readonly audit: readonly AuditEntry[];
}

/** How an approval of a release ended, by the audit chain. */
export interface ReleaseApproval {
  readonly run: string;
  readonly startedBy: string;
  readonly result: {
    readonly status: string;
    readonly digests: {readonly release: string};
    readonly at: string;
    readonly decisions: readonly z.infer<typeof CountedDecision>[];
  };
  /** What the chain does not prove of it, or what speaks against it; null for nothing. */
  readonly unproved: string | null;
  readonly amiss: string | null;
}

export interface Lineage {
  readonly project: string;
  readonly kind: 'trace' | 'release' | 'dataset' | 'adapter' | 'report' | 'prompt';
  readonly digest: string;
  readonly trace: Trace | null;
  readonly releases: readonly ReleaseLineage[];
  readonly dataset: DatasetLineage | null;
}

/** Without `chatcmpl-`. Throws InvalidInput for what is neither a trace nor the beginning of a digest. */
export function bareId(id: string): string {
  const bare = id.replace(/^chatcmpl-/, '');
  if (/^[0-9a-f]{8,64}$/.test(bare)) return bare;
  throw new RatchetError(
    'InvalidInput',
    `"${id}" is no trace and no digest: expected 8 to 64 lower-case hex digits`,
  );
}

/** From an answer back to everything that made it. */
export async function traceLineage(stores: Stores, trace: Trace): Promise<Lineage> {
  const release = await stores.registry.release(trace.project, trace.release);
  return {
    project: trace.project,
    kind: 'trace',
    digest: trace.id,
    trace,
    releases: [await releaseLineage(stores, release)],
    dataset: null,
  };
}

/**
 * What a digest (or its unique beginning of ≥ 8 hex digits) names in a project, and what hangs on it: a release, a
 * dataset version, an adapter, a report or a prompt version. Undefined if it names nothing here. Throws InvalidInput if
 * it names several.
 */
export async function digestLineage(
  stores: Stores,
  project: string,
  prefix: string,
): Promise<Lineage | undefined> {
  const {registry} = stores;
  const listed = await Array.fromAsync(registry.releases(project));
  const changed = listed.find(({digest, amiss}) => amiss !== null && digest.startsWith(prefix));
  if (changed) throw new RatchetError('DigestMismatch', changed.amiss!);
  const releases = listed.flatMap(({release}) => release ?? []);
  const versions = await Array.fromAsync(registry.datasets(project));
  const found = new Map<string, Lineage['kind']>();
  const add = (digest: string, kind: Lineage['kind']) => {
    if (digest.startsWith(prefix) && !found.has(digest)) found.set(digest, kind);
  };
  const users = new Map<string, Release[]>();
  const uses = (digest: string, release: Release) =>
    users.set(digest, [...(users.get(digest) ?? []), release]);
  for (const version of versions) add(version.digest, 'dataset');
  for (const release of releases) {
    add(release.digest, 'release');
    uses(release.digest, release);
    for (const {digest} of adaptersOf(release)) {
      add(digest, 'adapter');
      uses(digest, release);
    }
    for (const prompt of Object.values(promptsOf(release))) {
      add(digestOf(prompt), 'prompt');
      uses(digestOf(prompt), release);
    }
    for (const {result} of await registry.reports(project, release.digest)) {
      add(result.report.sha256, 'report');
      uses(result.report.sha256, release);
    }
    if (release.createdFrom) uses(release.createdFrom, release);
  }
  if (found.size === 0) return undefined;
  if (found.size > 1) {
    const which = [...found].map(([digest, kind]) => `${kind} ${digest.slice(0, 16)}`).join(', ');
    throw new RatchetError('InvalidInput', `${prefix} could be ${which}: give more digits`);
  }
  const [digest, kind] = [...found][0]!;
  const of = users.get(digest) ?? [];
  return {
    project,
    kind,
    digest,
    trace: null,
    releases: await Promise.all(of.map((release) => releaseLineage(stores, release))),
    dataset: kind === 'dataset' ? await datasetLineage(stores, project, digest) : null,
  };
}

async function releaseLineage(stores: Stores, release: Release): Promise<ReleaseLineage> {
  const {project, digest} = release;
  const strange = originAmiss(release);
  if (strange !== null)
    throw new RatchetError('DigestMismatch', `release ${short(digest)} of ${project}: ${strange}`);
  const entries = await stores.registry.reports(project, digest);
  const reports = await Promise.all(
    entries.map(async (entry) => {
      const {at, run, result} = entry;
      const report = await provenReport(stores.artifacts, entry);
      return {
        digest: result.report.sha256,
        verdict: report.verdict,
        at,
        run,
        stable: report.stable,
        gates: report.gates.map(({spec, verdict, reason}) => ({
          metric: spec.metric,
          required: spec.required,
          verdict,
          reason,
        })),
      };
    }),
  );
  const audit = await Array.fromAsync(stores.audit(project).entries());
  return {
    release: digest,
    parent: release.parent,
    models: modelsOf(release),
    prompts: Object.entries(promptsOf(release)).map(([task, prompt]) => ({
      task,
      digest: digestOf(prompt),
      template: prompt.template,
    })),
    transform: digestOf(release.transform),
    guardrails: digestOf(release.guardrails),
    dataset: release.createdFrom ? await datasetLineage(stores, project, release.createdFrom) : null,
    reports,
    approvals: approvalsOf(audit, digest),
    audit: audit.filter((entry) => mentions(entry.data, digest)),
  };
}

const Closed = z.looseObject({
  status: z.string(),
  run: z.string().optional(),
  runId: z.string(),
  startedBy: z.string().default(''),
  digests: z.looseObject({release: z.string()}),
  decisions: z.array(CountedDecision.partial({comment: true}).loose()).default([]),
});
const Signed = z.looseObject({
  payload: z.looseObject({key: z.string(), run: z.string(), comment: z.string()}),
});

/** The approvals of a release as the chain holds them, each decided anew. */
function approvalsOf(entries: readonly AuditEntry[], release: string): ReleaseApproval[] {
  const history = new ChainHistory();
  const comments = new Map<string, string>();
  return entries.flatMap((entry) => {
    const found = history.take(entry);
    const signed = entry.kind === 'decision' ? Signed.safeParse(entry.data).data : undefined;
    if (signed) comments.set(`${signed.payload.run} ${signed.payload.key}`, signed.payload.comment);
    if (entry.kind !== 'approval') return [];
    const {data} = Closed.safeParse(entry.data);
    if (data?.digests.release !== release) return [];
    const {status, run, runId, startedBy, digests} = data;
    const decisions = data.decisions.map(({action, by, key, at}) => ({
      action,
      by,
      key,
      at,
      comment: comments.get(`${run} ${key}`) ?? '',
    }));
    return [{run: runId, startedBy, result: {status, digests, at: entry.at, decisions}, ...found}];
  });
}

async function datasetLineage(stores: Stores, project: string, digest: string): Promise<DatasetLineage> {
  const version = await stores.registry.dataset(project, digest);
  const amiss = await datasetAmiss(stores, version);
  if (amiss !== null)
    throw new RatchetError('DigestMismatch', `dataset version ${short(digest)} of ${project}: ${amiss}`);
  const provenance = await stores.artifacts.getJson(version.provenance, Provenance);
  const {rowsIn, rowsKept, drops, sources, tombstones} = provenance;
  const index = await Array.fromAsync(stores.artifacts.lines(version.index, IndexRow));
  return {
    digest,
    counts: version.counts,
    trainRows: index.filter(({split}) => split === 'train').map(({digest: row, id}) => ({digest: row, id})),
    rowsIn,
    rowsKept,
    drops,
    sources,
    tombstones,
    parents: await Promise.all(provenance.parents.map((parent) => datasetLineage(stores, project, parent))),
  };
}

/** Does an audit entry's data name this digest anywhere? */
function mentions(data: unknown, digest: string): boolean {
  if (data === digest) return true;
  return (
    typeof data === 'object' && data !== null && Object.values(data).some((value) => mentions(value, digest))
  );
}
