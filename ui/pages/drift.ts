import {WorkflowNotFoundError} from '@temporalio/client';
import type {DriftCheck, MonitorLook} from '../../schemas/drift.ts';
import {LAST_LOOK} from '../../schemas/messages.ts';
import {monitorWorkflowId} from '../../schemas/names.ts';
import {recentDriftChecks} from '../../stores/registry/drift-checks.ts';
import {askTemporal, type TemporalAnswer} from '../ask-temporal.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, releaseLink, remark, section, table, when} from '../parts.ts';
import type {Visit} from '../projects.ts';

const MOST = 30;

/** What the monitor saw: its last look, by Temporal; the looks that compared two windows, by the store. */
export async function driftPage({name, project}: Visit): Promise<Page> {
  const [look, checks] = await Promise.all([
    askTemporal(project, (client) =>
      client.workflow
        .getHandle(monitorWorkflowId(name))
        .query<MonitorLook | null>(LAST_LOOK)
        .catch(noMonitor),
    ),
    recentDriftChecks(project.stores.objects, name, MOST),
  ]);
  const [latest] = checks;
  const body: Piece[] = [
    lastLook(look),
    latest === undefined ? null : section('Latest comparison', columnsTable(latest)),
    section('Comparisons', checksTable(name, checks)),
  ];
  return {title: 'Drift', body, project: name, under: 'drift'};
}

function noMonitor(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}

function lastLook({said, silent}: TemporalAnswer<MonitorLook | null>): Piece {
  if (silent !== null)
    return remark(`Temporal does not answer, so this is what the store knows. (${silent})`);
  if (said === null)
    return html`<p class="soft">The monitor has not looked yet: it starts with the first promotion.</p>`;
  const {at, note, retrain} = said;
  const started = retrain === 'none' ? null : html` Retrain: ${chip(retrain)}`;
  return html`<p>Last look ${when(at)}: ${note}.${started}</p>`;
}

function columnsTable({at, drift, reason}: DriftCheck): Piece {
  const columns = [
    {head: 'Column', kind: 'tight'},
    {head: ''},
    {head: 'Statistic', kind: 'tight'},
    {head: 'Effect', kind: 'number'},
    {head: 'Threshold', kind: 'number'},
    {head: 'p', kind: 'number'},
    {head: 'Note', kind: 'text'},
  ] as const;
  const rows = drift.columns.map((one): Piece[] => {
    // Earlier versions said it in the note alone.
    const tested = one.tested ?? one.note?.startsWith('not enough samples') !== true;
    return [
      one.column,
      chip(one.drifted ? 'drifted' : tested ? 'no drift' : 'not tested'),
      one.statistic.replaceAll('_', ' '),
      tested ? figure(one.effect) : '–',
      figure(one.threshold),
      tested ? figure(one.p) : '–',
      one.note,
    ];
  });
  return [
    html`<p>${when(at)} ${chip(drift.drifted ? 'drifted' : 'no drift')} ${reason}</p>`,
    table('Columns that were compared', columns, rows, 'no column'),
  ];
}

function checksTable(name: string, checks: readonly DriftCheck[]): Piece {
  const columns = [
    {head: 'At', kind: 'tight'},
    {head: 'Release', kind: 'tight'},
    {head: 'Drift'},
    {head: 'Reason', kind: 'text'},
  ] as const;
  const rows = checks.map(({at, release, drift, reason}): Piece[] => [
    when(at),
    releaseLink(name, release),
    chip(drift.drifted ? 'drifted' : 'no drift'),
    reason,
  ]);
  return table(`The latest ${MOST} comparisons`, columns, rows, 'too few answers to compare yet');
}

function figure(value: number): string {
  return value.toLocaleString('en-US', {maximumSignificantDigits: 3});
}
