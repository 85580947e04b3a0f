import {WorkflowNotFoundError} from '@temporalio/client';
import {count} from '../../core/wording/figures.ts';
import {runNow} from '../../client/run-now.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {LifecycleProgress, StageProgress} from '../../schemas/messages.ts';
import {STAGES, short} from '../../schemas/names.ts';
import type {RunRecord, RunStage} from '../../schemas/run.ts';
import {askTemporal} from '../ask-temporal.ts';
import {runIn} from '../query.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {
  chip,
  code,
  definitions,
  link,
  pathOf,
  releaseLink,
  remark,
  section,
  table,
  when,
  whyOf,
} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {took} from './runs.ts';

/** Of a stage what Temporal says of one that goes on, else what the store kept. */
type StageRow = Pick<RunStage, 'status' | 'note' | 'cached'> & {
  readonly stage: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly progress?: StageProgress['progress'];
};

const AGAIN_S = 5;

/** A run: its stages, as they go on while it runs, and what came of it. */
export async function runPage({name, project, params}: Visit): Promise<Page> {
  const id = runIn(name, params['run']!);
  const record = await project.stores.registry.run(name, id);
  const goesOn = record === null || record.status === 'running';
  const told = goesOn ? await askTemporal(project, (client) => runNow(client, id).catch(unknownRun)) : null;
  const now = told?.said ?? null;
  if (record === null && now === null)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `no run ${params['run']!} of ${name} in its store${told?.silent ? `, and Temporal does not answer: ${told.silent}` : ''}`,
    );
  const body = [
    remarksOf(told?.silent ?? null, now),
    record === null ? null : factsOf(name, record),
    section('Stages', stagesTable(rowsOf(record, now?.view))),
    record === null ? null : [approvalOf(record), rolloutOf(record)],
  ];
  return {
    title: `Run ${params['run']!}`,
    body,
    project: name,
    under: 'runs',
    againAfter: goesOn ? AGAIN_S : null,
  };
}

function unknownRun(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}

function remarksOf(silent: string | null, now: Awaited<ReturnType<typeof runNow>> | null): Piece {
  if (silent !== null)
    return remark(`Temporal does not answer, so this is what the store knows of the run. (${silent})`);
  if (now !== null && now.view === undefined)
    return remark('No workflow worker answers, so this is what the store knows: ratchet up starts one.');
  return null;
}

function factsOf(name: string, run: RunRecord): Html {
  const pages = Object.entries(run.links).filter(([, href]) => /^https?:\/\//.test(href));
  const judged = run.release !== undefined && run.report !== undefined;
  return definitions([
    ['status', chip(run.outcome ?? run.status)],
    ['note', run.note ?? null],
    ['started', html`${when(run.startedAt)} by ${run.startedBy} (${whyOf(run)})`],
    ['took', took(run.startedAt, run.endedAt)],
    ['release', run.release === undefined ? null : releaseLink(name, run.release)],
    ['dataset', run.dataset === undefined ? null : code(run.dataset)],
    ['verdict', run.verdict === undefined ? null : chip(run.verdict)],
    [
      'report',
      judged ? link(pathOf(name, 'releases', run.release!, 'report'), short(run.report!.sha256)) : null,
    ],
    ['elsewhere', pages.length === 0 ? null : pages.map(([what, href]) => html`${link(href, what)} `)],
  ]);
}

function rowsOf(record: RunRecord | null, view: LifecycleProgress | undefined): StageRow[] {
  const kept = [...STAGES, 'replay' as const].flatMap((stage): StageRow[] => {
    const known = record?.stages[stage];
    return known ? [{stage, ...known}] : [];
  });
  if (view === undefined) return kept;
  const live = view.stages.map(
    ({stage, status, note, progress, startedAt = null, endedAt = null}): StageRow => {
      const cached = status === 'cached';
      return {stage, status: cached ? 'done' : status, cached, note, progress, startedAt, endedAt};
    },
  );
  return [...live, ...kept.filter(({stage}) => !live.some((one) => one.stage === stage))];
}

function stagesTable(rows: readonly StageRow[]): Html {
  const columns = [
    {head: 'Stage'},
    {head: 'Status'},
    {head: 'Took', kind: 'tight'},
    {head: 'Progress', kind: 'tight'},
    {head: 'Note', kind: 'text'},
  ] as const;
  const cells = rows.map((row): Piece[] => [
    row.stage,
    chip(row.cached ? 'cached' : row.status),
    row.startedAt === null || row.status === 'waiting' ? '–' : took(row.startedAt, row.endedAt),
    progressOf(row),
    [row.note ?? '', row.progress?.note && row.progress.note !== row.note ? `; ${row.progress.note}` : ''],
  ]);
  return table('Stages in their order', columns, cells, 'no stage has begun');
}

function progressOf({stage, status, progress}: StageRow): Piece {
  if (status !== 'running' || !progress || progress.total <= 0) return '';
  const {done, total, unit} = progress;
  return html`<progress max="${total}" value="${Math.min(done, total)}" aria-label="${stage}"></progress>
    ${count(done)} of ${count(total)} ${unit}`;
}

function approvalOf({approval}: RunRecord): Piece {
  if (approval === undefined) return null;
  const columns = [
    {head: 'Who'},
    {head: 'Decided'},
    {head: 'At', kind: 'tight'},
    {head: 'Key'},
    {head: 'Comment', kind: 'text'},
  ] as const;
  const rows = approval.decisions.map(({by, action, at, key, comment}): Piece[] => [
    by,
    chip(action),
    when(at),
    code(key),
    comment,
  ]);
  const about = 'From the run’s own summary; the signatures are in the audit chain.';
  return section(
    'Approval',
    html`<p>${chip(approval.status)} <span class="soft">${about}</span></p>`,
    table('Decisions', columns, rows, 'nobody decided'),
  );
}

function rolloutOf({rollout}: RunRecord): Piece {
  if (rollout === undefined) return null;
  const columns = [
    {head: 'Step', kind: 'tight'},
    {head: 'At', kind: 'tight'},
    {head: 'Outcome'},
    {head: 'Analysis', kind: 'text'},
  ] as const;
  const rows = rollout.steps.map(({step, at, outcome, analysis}): Piece[] => [
    step,
    when(at),
    outcome,
    (analysis?.metrics ?? []).map(
      ({name, verdict, reason}) => html`<div>${chip(verdict)} ${name}: ${reason}</div>`,
    ),
  ]);
  return section(
    'Rollout',
    html`<p>${chip(rollout.status)} ${rollout.reason}</p>`,
    table('Steps of the rollout', columns, rows, 'no step'),
  );
}
