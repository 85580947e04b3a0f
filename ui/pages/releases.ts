import {RatchetError} from '../../schemas/errors.ts';
import {isOpen, modelsOf, tasksOf} from '../../core/releases/models.ts';
import type {Release} from '../../schemas/release.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {retirementOf} from '../../stores/registry/retirements.ts';
import {sizeIn} from '../query.ts';
import {html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, link, pathOf, releaseLink, table, when} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {sharesOf} from '../shares.ts';

/** Runs whose releases are listed. */
const SIZES = [30, 100, 300] as const;
/** Former releases that are listed, the newest first. */
const MOST_FORMER = 20;

/** What answers or has answered, and what the latest runs made. */
export async function releasesPage(visit: Visit): Promise<Page> {
  const {name, project, query} = visit;
  const size = sizeIn(query, SIZES);
  const {pointers, registry} = project.stores;
  const deployment = await pointers.read(name);
  const runs = await Array.fromAsync(registry.recentRuns(name, size));
  const {stable, canary, shadow, former = []} = deployment ?? {};
  const serving = [canary?.release, shadow?.release, stable, ...former.toReversed().slice(0, MOST_FORMER)];
  const made = runs.map(({run}) => run?.release);
  const digests = [...new Set([...serving, ...made].filter((one) => one !== undefined))];
  const rows = await Promise.all(
    digests.map(async (digest): Promise<Piece[]> => {
      const shares = sharesOf(digest, deployment);
      try {
        return [releaseLink(name, digest), shares ?? '–', ...(await cellsOf(visit, digest, stable))];
      } catch (error) {
        if (!(error instanceof RatchetError)) throw error;
        return [releaseLink(name, digest), shares ?? '–', chip('changed'), '–', '–', '–', error.message];
      }
    }),
  );
  const columns = [
    {head: 'Release', kind: 'tight'},
    {head: 'Serves'},
    {head: 'Verdict'},
    {head: 'Judged', kind: 'tight'},
    {head: 'Made of', kind: 'text'},
    {head: 'Parent', kind: 'tight'},
    {head: 'Compare', kind: 'text'},
  ] as const;
  const next = SIZES[SIZES.findIndex((one) => one === size) + 1];
  const more =
    runs.length === size && next !== undefined
      ? html`<p>${link(`${pathOf(name, 'releases')}?show=${next}`, `Those of the latest ${next} runs`)}</p>`
      : null;
  const about = html`<p class="soft">
    What answers or has answered, and what the latest ${size} runs made.
    <code>ratchet releases ${name}</code> lists all.
  </p>`;
  const body = [about, table('Releases', columns, rows, 'no release yet'), more];
  return {title: 'Releases', body, project: name, under: 'releases'};
}

async function cellsOf({name, project}: Visit, digest: string, stable: string | undefined): Promise<Piece[]> {
  const {registry, artifacts, objects} = project.stores;
  const release = await registry.release(name, digest);
  const latest = (await registry.reports(name, digest)).at(-1);
  const verdict = latest === undefined ? null : (await provenReport(artifacts, latest)).verdict;
  const retired = await retirementOf(objects, name, digest);
  const other = stable === undefined || stable === digest ? release.parent : stable;
  const against = stable === other ? 'with stable' : 'with its parent';
  return [
    [chip(verdict), retired === null ? null : html` <span class="chip bad">retired</span>`],
    when(latest?.at),
    madeOf(release),
    releaseLink(name, release.parent),
    other === null ? '–' : link(pathOf(name, 'releases', digest, 'against', other), against),
  ];
}

function madeOf(release: Release): string {
  const tasks = Object.keys(tasksOf(release));
  if (tasks.length === 0) return 'nothing: it answers nobody';
  const models = Object.values(modelsOf(release)).map((part) =>
    isOpen(part)
      ? `${part.name}${part.adapter === null ? ', no adapter' : ' with an adapter'}`
      : `${part.vendor} ${part.snapshot ?? part.model}`,
  );
  return `${models.join(', ')}; tasks ${tasks.join(', ')}`;
}
