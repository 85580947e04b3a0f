import {short} from '../../schemas/names.ts';
import type {Door} from '../door.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, link, pathOf, releaseLink, runLink, table, when} from '../parts.ts';
import type {UiProject} from '../projects.ts';
import type {Session} from '../sessions.ts';
import {within} from '../within.ts';

/** One project's slow store must not hold up the others' rows. */
const STORE_MS = 5_000;

/** The projects of this server, as far as this browser may see them. Who signed in by a key alone sees its own. */
export async function projectsPage(
  projects: ReadonlyMap<string, UiProject>,
  {door, session}: {readonly door: Door; readonly session: Session},
): Promise<Page> {
  const seen = async (name: string, project: UiProject): Promise<Piece[] | null> => {
    if (await door.mayRead(session, name)) return rowOf(name, project);
    return session.byLink ? lockedRow(name) : null;
  };
  const rows = await Promise.all(
    [...projects].map(async ([name, project]): Promise<Piece[] | null> => {
      try {
        return await within(STORE_MS, 'it', seen(name, project));
      } catch (error) {
        const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
        return session.byLink ? [name, '–', '–', '–', `Its store cannot be read: ${reason}`] : null;
      }
    }),
  );
  const shown = rows.filter((row) => row !== null);
  const columns = [
    {head: 'Project'},
    {head: 'Stable', kind: 'tight'},
    {head: 'Latest run', kind: 'tight'},
    {head: 'Outcome'},
    {head: 'Note', kind: 'text'},
  ] as const;
  return {title: 'Projects', body: table('Projects', columns, shown, 'no project')};
}

function lockedRow(name: string): Piece[] {
  return [
    name,
    '–',
    '–',
    '–',
    html`It has gateway keys: ${link('/-/sign-in', 'enter one')} of scope read or admin.`,
  ];
}

async function rowOf(name: string, {config, stores}: UiProject): Promise<Piece[]> {
  const deployment = await stores.pointers.read(name);
  const [latest] = await Array.fromAsync(stores.registry.recentRuns(name, 1));
  const run = latest?.run ?? null;
  const moving = deployment?.canary
    ? html`canary ${short(deployment.canary.release)} at ${deployment.canary.weight} %. `
    : null;
  return [
    link(pathOf(name), html`<strong>${name}</strong>`),
    releaseLink(name, deployment?.stable),
    run === null ? (latest?.amiss ?? 'no run yet') : html`${runLink(name, run.id)} ${when(run.startedAt)}`,
    chip(run?.outcome ?? run?.status),
    html`${moving}${run?.note ?? config.description}`,
  ];
}
