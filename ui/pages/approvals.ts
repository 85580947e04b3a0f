import {time} from '../../core/wording/figures.ts';
import {contributionsInWords} from '../../core/evaluation/report/contributions.ts';
import {Provenance} from '../../schemas/dataset.ts';
import type {ApprovalStanding} from '../../schemas/messages.ts';
import {short} from '../../schemas/names.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {gatesTable} from '../gates-table.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, code, definitions, link, pathOf, releaseLink, remark, runLink, table, when} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {waitingIn, type Waiting, type WaitingOne} from '../waiting.ts';

/** Everything that waits for a decision, with exactly what you sign and the commands that sign it. */
export async function approvalsPage(visit: Visit): Promise<Page> {
  const {name} = visit;
  const waiting = await waitingIn(visit);
  const each = await Promise.all(waiting.all.map((one) => asked(visit, one)));
  const nothing =
    waiting.silent === null ? 'Nothing waits for an approval.' : 'The store knows of nothing that waits.';
  const body = [silence(waiting), each.length === 0 ? html`<p class="soft">${nothing}</p>` : each];
  return {title: 'Waiting for an approval', body, project: name, under: 'approvals', againAfter: 30};
}

/** The same in a line each. */
export function waitingTable({name}: Visit, waiting: Waiting): Piece {
  const columns = [
    {head: 'Release', kind: 'tight'},
    {head: 'Run', kind: 'tight'},
    {head: 'Verdict'},
    {head: 'Until', kind: 'tight'},
    {head: 'Waits for', kind: 'text'},
  ] as const;
  const rows = waiting.all.map((one): Piece[] => [
    releaseLink(name, one.digests.release),
    runLink(name, one.run),
    chip(one.verdict),
    when(one.standing?.until),
    one.standing === null ? 'not known' : missing(one.standing).join('; '),
  ]);
  const nothing =
    waiting.silent === null ? 'nothing waits for an approval' : 'nothing that the store knows of';
  const all = rows.length === 0 ? null : link(pathOf(name, 'approvals'), 'What you sign, and how');
  return [silence(waiting), table('Approvals that wait', columns, rows, nothing), html`<p>${all}</p>`];
}

function silence({silent}: Waiting): Html | null {
  return silent === null
    ? null
    : remark(
        `Temporal does not answer, so this is what the store knows; it may be decided by now. (${silent})`,
      );
}

async function asked(visit: Visit, one: WaitingOne): Promise<Html> {
  const {name} = visit;
  const {digests, standing, startedBy} = one;
  const title = digests.release === undefined ? one.run : `Release ${short(digests.release)}`;
  return html`<section>
    <h2>${title} ${chip(one.verdict)}</h2>
    ${definitions([
      ['run', html`${runLink(name, one.run)}, started by ${startedBy}`],
      ['waits', standing === null ? 'not known: its workflow does not answer' : missing(standing).join('; ')],
      ['since', standing === null ? null : when(standing.since)],
      ['until', standing === null ? null : when(standing.until)],
      ['decided', standing === null || standing.decisions.length === 0 ? null : decided(standing)],
      ['escalation', standing === null || standing.escalation.length === 0 ? null : escalates(standing)],
    ])}
    ${signed(visit, one)} ${await evidence(visit, one).catch(amiss)} ${commands(visit, one)}
  </section>`;
}

/** The decision's payload: every field that the signature is over. */
function signed({name}: Visit, {digests, approval}: WaitingOne): Html {
  return html`<h3>What you sign</h3>
    ${definitions([
      ['project', name],
      ['action', 'approve or reject'],
      ['release', code(digests.release ?? 'not known')],
      ['dataset', code(digests.dataset ?? 'not known')],
      ['report', code(digests.report ?? 'not known')],
      ['run, of the approval', approval === null ? 'not known: Temporal does not answer' : code(approval)],
      ['key, comment, expiry', 'the ID of your key, your comment, and one hour from then'],
    ])}`;
}

/** The gates of the report that is named, read by its digest, and who contributed to the rows. */
async function evidence({name, project}: Visit, {digests}: WaitingOne): Promise<Piece> {
  const {registry, artifacts} = project.stores;
  const {release, report, dataset} = digests;
  if (release === undefined || report === undefined) return null;
  const entry = (await registry.reports(name, release)).find(({result}) => result.report.sha256 === report);
  if (entry === undefined) return remark('The store has no report of that digest.', 'bad');
  const version = dataset === undefined ? null : await registry.dataset(name, dataset).catch(() => null);
  const feedback = version && (await artifacts.getJson(version.provenance, Provenance)).feedback;
  return [
    gatesTable(await provenReport(artifacts, entry)),
    feedback ? html`<p>${contributionsInWords(feedback)}</p>` : null,
    html`<p>${link(pathOf(name, 'releases', release, 'report'), 'The whole report')}</p>`,
  ];
}

/** Evidence that cannot be read must not hide the rest. */
function amiss(error: unknown): Html {
  return remark(error instanceof Error ? error.message : String(error), 'bad');
}

/** To be copied into a shell: only digests and plain names go into it. */
function commands({name, project: {command}}: Visit, {digests, run}: WaitingOne): Piece {
  const last = run.split('/').at(-1)!;
  if (digests.release === undefined || ![name, last].every((word) => /^[A-Za-z0-9._-]+$/.test(word)))
    return null;
  const about = `${short(digests.release)} --project ${name} --run ${last}`;
  return html`<h3>How you sign</h3>
    <p>Your key stays on your machine. Each command shows the same digests, asks, and signs.</p>
    <pre class="box">
${command} approve ${about}
${command} reject ${about} --comment "…"</pre>`;
}

function missing({needed}: ApprovalStanding): string[] {
  const lines = needed.map(({missing: more, from}) => {
    const whom = from.join(', ') || 'nobody who may decide now: add an approver, or wait for the escalation';
    return `${more} more of ${whom}`;
  });
  // A group may ask for the same as all together do.
  return [...new Set(lines)];
}

function decided({decisions}: ApprovalStanding): Piece {
  return decisions.map(({by, action, at, comment, standsFor}) => {
    const onBehalf = standsFor.length === 0 ? '' : ` on behalf of ${standsFor.join(', ')}`;
    return html`<div>${action} by ${by}${onBehalf}, ${time(at)}${comment === '' ? '' : `: ${comment}`}</div>`;
  });
}

function escalates({escalation}: ApprovalStanding): Piece {
  return escalation.map(
    ({from, to, due}) =>
      html`<div>${due ? 'escalated' : 'escalates'} ${time(from)} to ${to.join(', ')}</div>`,
  );
}
