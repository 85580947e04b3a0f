import {isKnownKind, type AuditEntry} from '../../schemas/audit.ts';
import type {AuditBreak} from '../../stores/audit/audit.ts';
import {entryFacts} from '../../stores/audit/entry-facts.ts';
import {DamagedDocument} from '../../stores/objects/documents.ts';
import {count, time} from '../../core/wording/figures.ts';
import {beforeIn} from '../query.ts';
import type {AuditChecks, AuditCheckState} from '../audit-checks.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, code, excerpt, link, pathOf, remark, table, when} from '../parts.ts';
import type {Visit} from '../projects.ts';

const PAGE = 50;
/** Characters of what an entry says: a policy lists all its gates. */
const MOST_SHOWN = 400;
/** Breaks and alarms that are listed one by one. */
const MOST_NAMED = 20;

/** Every decision and pointer move, the newest first, with the result of the last check of the whole chain. */
export async function auditPage(visit: Visit, checks: AuditChecks): Promise<Page> {
  const {name, project, query} = visit;
  const chain = project.stores.audit(name);
  const before = beforeIn(query);
  const check = await checks.of(visit);
  const end = before ?? (await endOf(visit, check));
  const seqs = Array.from({length: Math.min(PAGE, end)}, (_, i) => end - 1 - i);
  const rows = await Promise.all(
    seqs.map(async (seq) => rowOf(seq, await entryOr(seq, () => chain.entry(seq)))),
  );
  const columns = [
    {head: 'Entry', kind: 'number'},
    {head: 'At', kind: 'tight'},
    {head: 'Kind', kind: 'tight'},
    {head: 'By', kind: 'name'},
    {head: 'What', kind: 'text'},
  ] as const;
  const oldest = seqs.at(-1);
  const body: Piece[] = [
    verification(check),
    table('Audit entries, the newest first', columns, rows, 'no entry'),
    html`<p>
      ${before === null ? null : html`${link(pathOf(name, 'audit'), 'Newest')} `}
      ${oldest === undefined || oldest === 0 ? null : link(`${pathOf(name, 'audit')}?before=${oldest}`, 'Older')}
    </p>`,
  ];
  return {title: 'Audit', body, project: name, under: 'audit'};
}

/** An entry that cannot be read is shown as such, beside the others. */
async function entryOr(seq: number, read: () => Promise<AuditEntry | null>): Promise<AuditEntry | string> {
  try {
    return (await read()) ?? `entry ${seq} is missing`;
  } catch (error) {
    if (error instanceof DamagedDocument) return error.message;
    throw error;
  }
}

function rowOf(seq: number, entry: AuditEntry | string): Piece[] {
  if (typeof entry === 'string') return [seq, '–', chip('changed'), '–', entry];
  const kind = entry.kind.replaceAll('_', ' ');
  const newer = isKnownKind(entry.kind) ? null : html` <span class="chip">of a newer version</span>`;
  return [seq, when(entry.at), html`${kind}${newer}`, entry.actor, excerpt(entryFacts(entry), MOST_SHOWN)];
}

/** How many entries there are. An end that cannot be read must not hide the others: then the check has counted them. */
async function endOf({name, project}: Visit, {last}: AuditCheckState): Promise<number> {
  try {
    return ((await project.stores.audit(name).last())?.seq ?? -1) + 1;
  } catch (error) {
    if (error instanceof DamagedDocument) return last?.verified.entries ?? 0;
    throw error;
  }
}

function verification({last, underWay, failed}: AuditCheckState): Piece {
  const again = underWay ? ' The chain is being checked: reload the page for the result.' : '';
  if (failed !== null) return remark(`The chain could not be checked: ${failed}.${again}`, 'bad');
  if (last === null) return remark('The chain is being checked: reload the page for the result.');
  const {entries, breaks, alarms, unproved, newer, owed, head} = last.verified;
  const of = `${count(entries)} ${entries === 1 ? 'entry' : 'entries'}, checked ${time(last.at)}.${again}`;
  const what =
    'Links, signatures, quorums, and that the deployment follows from them. ratchet audit verify also hashes what the releases are made of.';
  const result =
    breaks.length === 0
      ? remark(
          html`${chip('holds')} ${of} ${entries === 0 ? null : html`Head ${code(head.slice(0, 12))}. `}${what}`,
          'good',
        )
      : remark([html`${chip('changed')} ${of} ${count(breaks.length)} breaks:`, listed(breaks)], 'bad');
  const notes = [
    newer === 0 ? null : `${count(newer)} entries are of kinds that a newer Ratchet wrote.`,
    unproved.length === 0
      ? null
      : `${count(unproved.length)} entries cannot be proved, and nothing contradicts them.`,
    owed === null ? null : `Still without its entry, which the next move or run adds: ${owed}.`,
  ].filter((note) => note !== null);
  return [
    result,
    alarms.length === 0 ? null : remark(['Alarms:', listed(alarms)], 'bad'),
    notes.length === 0 ? null : remark(notes.join(' ')),
  ];
}

function listed(all: readonly AuditBreak[]): Piece {
  const rest = all.length - MOST_NAMED;
  return [
    all.slice(0, MOST_NAMED).map(({seq, reason}) => html`<br />entry ${seq}: ${reason}`),
    rest > 0 ? html`<br />and ${count(rest)} more` : null,
  ];
}
