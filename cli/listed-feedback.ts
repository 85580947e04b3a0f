import {hmacSha256} from '../core/identity/hmac.ts';
import {RatchetError} from '../schemas/errors.ts';
import type {FeedbackRecord} from '../stores/traces/feedback-records.ts';
import {
  feedbackStandings,
  recordDigest,
  sourceRows,
  type Standing,
} from '../stores/traces/feedback-reviews.ts';
import {rulesInForce} from '../stores/access/rules.ts';
import type {Stores} from '../stores/stores.ts';
import type {Project} from '../stack/project-file.ts';
import {existingRowKey} from '../stack/row-key.ts';

export interface ListedRecord extends FeedbackRecord {
  /** 12 hex digits that name what the record says: its row, text and right answer. */
  readonly digest: string;
  readonly standing: Standing;
}

export interface ListedFeedback {
  /** 12 hex digits that name what waits: all its records, and what each says. */
  readonly listing: string;
  /** In the order of ids. */
  readonly records: readonly ListedRecord[];
}

/**
 * Feedback up to now and where the next retrain would have it: measured against the rows that the stable release was made
 * from. Digests are keyed, so that nobody can make two texts that have one and show a person the other. Throws InvalidInput
 * where the project has no row key yet.
 */
export async function listedFeedback(
  {config, folder}: Pick<Project, 'config' | 'folder'>,
  stores: Stores,
): Promise<ListedFeedback> {
  const {project} = config;
  const hex = existingRowKey(folder);
  if (hex === undefined)
    throw new RatchetError('InvalidInput', `${folder} has no row key yet: run ratchet run ${project} first`);
  const rowKey = Buffer.from(hex, 'hex');
  const named = (what: string, text: string): string => hmacSha256(rowKey, `${what}\0${text}`).slice(0, 12);
  const {people} = await rulesInForce(stores, project, () => Promise.resolve({config, folder}));
  const deployment = await stores.pointers.read(project);
  const stable = deployment && (await stores.registry.release(project, deployment.stable));
  const rows = stable?.createdFrom ? await sourceRows(stores, project, stable.createdFrom) : 0;
  const standings = await feedbackStandings(stores, {config, people, rows, rowKey, cut: Date.now()});
  const records = standings.map(({record, standing}): ListedRecord => {
    return {...record, digest: named('feedback record', recordDigest(record)), standing};
  });
  const waiting = records.filter(waits).map(recordDigest);
  return {listing: named('feedback listing', waiting.join('\n')), records};
}

/** Whether a person may let it be a golden row of the next retrain, and nobody has decided yet. */
export function waits({standing}: ListedRecord): boolean {
  return standing === 'waits';
}
