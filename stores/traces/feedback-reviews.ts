import {z} from 'zod';
import {limitContributions} from '../../core/curation/limit-contributions.ts';
import {splitOfCluster} from '../../core/curation/split.ts';
import {needsSignature, refusalOf} from '../../core/access/rights.ts';
import {namesAdmin} from '../../core/access/policy.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {hmacSha256} from '../../core/identity/hmac.ts';
import {ProvedAct} from '../../schemas/access.ts';
import {ArtifactRef, Digest} from '../../schemas/artifact.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {Provenance} from '../../schemas/dataset.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {ActHistory} from '../audit/act-history.ts';
import {proofOf, unsigned, type Sign} from '../audit/act-proof.ts';
import {FEEDBACK_SOURCE, feedbackRecords, type FeedbackRecord} from './feedback-records.ts';
import type {ResolvedApprover} from '../access/keys.ts';
import type {Stores} from '../stores.ts';
import {failsClosed} from '../../schemas/tolerant.ts';

/** The audit chain's kind of what a person said of users' feedback. */
export const FEEDBACK_REVIEW = 'feedback_review';
/** Records in one review: its entry names them by one digest. */
export const MOST_REVIEWED = 10_000;

/** What a person said of records, by their content: a record that says something else since has not been seen. */
const FeedbackReview = failsClosed(
  z.strictObject({
    v: z.literal(1),
    project: z.string(),
    decisions: z
      .array(z.strictObject({record: Digest, accept: z.boolean()}))
      .min(1)
      .max(MOST_REVIEWED),
  }),
);
const Told = z.looseObject({review: Digest, ref: ArtifactRef});

/** Somebody whom the rules in force name. */
type Reviewer = Pick<ResolvedApprover, 'id' | 'name' | 'roles'>;

/** Names the content of a record: its row, its text and its right answer. */
export function recordDigest({id, label, fields}: Pick<FeedbackRecord, 'id' | 'label' | 'fields'>): string {
  return digestOf({id, label, fields});
}

/**
 * Records a review, signed where the project names people: accepted records may become golden rows, rejected ones are learned from
 * no more. The latest word about a record counts. Throws InvalidInput for more than MOST_REVIEWED records, or none.
 */
export async function reviewFeedback(
  stores: Stores,
  about: {
    readonly project: string;
    readonly by: string;
    readonly decisions: readonly {readonly record: FeedbackRecord; readonly accept: boolean}[];
    readonly sign?: Sign;
  },
): Promise<{readonly entry: number; readonly accepted: number; readonly rejected: number}> {
  const {project, by, decisions, sign = unsigned} = about;
  if (decisions.length === 0 || decisions.length > MOST_REVIEWED)
    throw new RatchetError(
      'InvalidInput',
      `a review holds 1 to ${MOST_REVIEWED} records, got ${decisions.length}`,
    );
  const review: z.infer<typeof FeedbackReview> = {
    v: 1,
    project,
    decisions: decisions.map(({record, accept}) => ({record: recordDigest(record), accept})),
  };
  const ref = await stores.artifacts.putJson(review);
  const accepted = decisions.filter(({accept}) => accept).length;
  const rejected = decisions.length - accepted;
  const data = {review: ref.sha256, ref, accepted, rejected, ...proofOf(sign({review: ref.sha256}))};
  const {seq} = await stores.audit(project).append({kind: FEEDBACK_REVIEW, actor: by, data});
  return {entry: seq, accepted, rejected};
}

/**
 * What people said of records up to a time, by content: true to let one be golden, false to leave it out. Read from the audit
 * chain: a review counts that is signed as the policy in force asks for, or by one of `people` where no admin signed one.
 */
export async function reviewedFeedback(
  {artifacts, audit}: Pick<Stores, 'artifacts' | 'audit'>,
  project: string,
  {people, until}: {readonly people: readonly Reviewer[]; readonly until: number},
): Promise<ReadonlyMap<string, boolean>> {
  const acts = new ActHistory();
  const said = new Map<string, boolean>();
  for await (const entry of audit(project).entries()) {
    const amiss = acts.take(entry);
    if (entry.kind !== FEEDBACK_REVIEW || amiss !== null || Date.parse(entry.at) > until) continue;
    if (!namesAdmin(acts.policies.now) && !byAPerson(entry, people)) continue;
    const told = Told.safeParse(entry.data).data;
    // The reference says where it lies; what is read is what was signed.
    if (told === undefined || told.ref.sha256 !== told.review) continue;
    const review = await artifacts.getJson(told.ref, FeedbackReview);
    if (review.project !== project) continue;
    for (const {record, accept} of review.decisions) said.set(record, accept);
  }
  return said;
}

/** Where ratchet.yaml alone names people: signed by the key of one of them who may review. */
function byAPerson({data}: AuditEntry, people: readonly Reviewer[]): boolean {
  if (!needsSignature(people)) return true;
  const {data: signed} = ProvedAct.safeParse(data['signed']);
  const person = people.find(({id}) => id === signed?.payload.key);
  return person !== undefined && refusalOf({act: 'review', target: null, person, people}) === null;
}

/** A record that is left out, and the rule. */
export interface LeftOut {
  readonly record: FeedbackRecord;
  readonly rule: 'feedback_limit' | 'feedback_rejected';
  readonly reason: string;
}

/** Rows of a dataset version's sources, users' feedback and carried golden rows apart. */
export async function sourceRows(
  {registry, artifacts}: Stores,
  project: string,
  dataset: string,
): Promise<number> {
  const {provenance} = await registry.dataset(project, dataset);
  const {sources} = await artifacts.getJson(provenance, Provenance);
  return sources
    .filter(({uri, name}) => name !== FEEDBACK_SOURCE && !uri.startsWith('dataset:'))
    .reduce((sum, {rows}) => sum + rows, 0);
}

export interface FeedbackOptions {
  readonly config: ProjectConfig;
  readonly rowKey: Uint8Array;
  readonly people: readonly Reviewer[];
  /** Milliseconds since the epoch: feedback and reviews up to here. */
  readonly cut: number;
  /** Rows of the project's sources, of which a key's and a user's share are taken. */
  readonly rows: number;
}

/** What users said up to a cut, with what people said of it: all records, and those that are left out, with why. */
export async function feedbackOf(
  stores: Stores,
  {config, rowKey, people, cut, rows}: FeedbackOptions,
): Promise<{readonly records: readonly FeedbackRecord[]; readonly leftOut: readonly LeftOut[]}> {
  const {project, retrain} = config;
  const families = await stores.gatewayKeys.families(project);
  const given = await feedbackRecords(stores.traces, config, cut, (key) => families.get(key) ?? key);
  if (given.length === 0) return {records: [], leftOut: []};
  const said = await reviewedFeedback(stores, project, {people, until: cut});
  const records = given.map((record) => ({...record, reviewed: said.get(recordDigest(record)) === true}));
  const rejected = records.filter((record) => said.get(recordDigest(record)) === false);
  const {over, most} = limitContributions(
    records.filter((record) => !rejected.includes(record)),
    {
      rows,
      limits: {perKey: retrain.feedback_per_key, perUnit: retrain.feedback_per_unit},
      order: ({id}) => hmacSha256(rowKey, `feedback\0${id}`),
    },
  );
  const why = {
    key: `more than ${most.key} rows of one gateway key's feedback (retrain.feedback_per_key)`,
    unit: `more than ${most.unit} rows of one user's feedback (retrain.feedback_per_unit)`,
  };
  return {
    records,
    leftOut: [
      ...over.map(({one, limit}): LeftOut => ({record: one, rule: 'feedback_limit', reason: why[limit]})),
      ...rejected.map((record): LeftOut => {
        return {
          record,
          rule: 'feedback_rejected',
          reason: 'a person has rejected it (ratchet feedback review)',
        };
      }),
    ],
  };
}

/**
 * Where a record stands: it `waits` for a person to let it be a golden row, `trains` without measuring anything, was `accepted`
 * or `rejected` as it says now, or is `over_limit` of its key or user.
 */
export type Standing = 'waits' | 'trains' | 'accepted' | 'rejected' | 'over_limit';

/** All records with where they stand, in the order of ids. Accepted ones measure if the split gives them to what does. */
export async function feedbackStandings(
  stores: Stores,
  options: FeedbackOptions,
): Promise<readonly {readonly record: FeedbackRecord; readonly standing: Standing}[]> {
  const {curation, retrain} = options.config;
  const {records, leftOut} = await feedbackOf(stores, options);
  const out = new Map(leftOut.map(({record, rule}) => [record, rule]));
  const shares = {...curation.split, golden: retrain.golden, traffic: 0};
  const standingOf = (record: FeedbackRecord): Standing => {
    const rule = out.get(record);
    if (rule !== undefined) return rule === 'feedback_rejected' ? 'rejected' : 'over_limit';
    if (record.reviewed) return 'accepted';
    return splitOfCluster(`${FEEDBACK_SOURCE}/${record.id}`, shares) === 'golden' ? 'waits' : 'trains';
  };
  return records.map((record) => ({record, standing: standingOf(record)}));
}
