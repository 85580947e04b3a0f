import {duration} from '../../core/wording/figures.ts';
import type {RunRecord} from '../../schemas/run.ts';
import type {ListedRun} from '../../stores/registry/registry.ts';
import {sizeIn} from '../query.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, link, pathOf, releaseLink, runLink, table, when, whyOf} from '../parts.ts';
import type {Visit} from '../projects.ts';

const SIZES = [50, 200, 1000] as const;

/** The newest runs, more of them where they are asked for. */
export async function runsPage({name, project, query}: Visit): Promise<Page> {
  const size = sizeIn(query, SIZES);
  const runs = await Array.fromAsync(project.stores.registry.recentRuns(name, size));
  const next = SIZES[SIZES.findIndex((one) => one === size) + 1];
  const more =
    runs.length === size && next !== undefined
      ? html`<p>${link(`${pathOf(name, 'runs')}?show=${next}`, `The latest ${next}`)}</p>`
      : null;
  const goesOn = runs.some(({run}) => run?.status === 'running');
  const body = [runsTable(name, runs), more];
  return {title: 'Runs', body, project: name, under: 'runs', againAfter: goesOn ? 15 : null};
}

export function runsTable(name: string, runs: readonly ListedRun[]): Html {
  const columns = [
    {head: 'Run', kind: 'tight'},
    {head: 'Started', kind: 'tight'},
    {head: 'Took', kind: 'tight'},
    {head: 'Status'},
    {head: 'Verdict'},
    {head: 'Release', kind: 'tight'},
    {head: 'By'},
    {head: 'Note', kind: 'text'},
  ] as const;
  const rows = runs.map(({run, amiss}): Piece[] =>
    run === null ? ['–', '–', '–', chip('failed'), '–', '–', '–', amiss] : rowOf(name, run),
  );
  return table('Runs, the latest first', columns, rows, `no run yet: ratchet run ${name} starts one`);
}

function rowOf(name: string, run: RunRecord): Piece[] {
  return [
    runLink(name, run.id),
    when(run.startedAt),
    took(run.startedAt, run.endedAt),
    chip(run.outcome ?? run.status),
    chip(run.verdict),
    releaseLink(name, run.release),
    html`${run.startedBy}<br /><span class="soft">${whyOf(run)}</span>`,
    run.note ?? '',
  ];
}

/** How long something went on, or goes on by now. */
export function took(from: string, to: string | null | undefined): string {
  const seconds = ((to ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? duration(seconds) : '–';
}
