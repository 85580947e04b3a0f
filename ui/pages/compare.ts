import {z} from 'zod';
import {Provenance} from '../../schemas/dataset.ts';
import {short} from '../../schemas/names.ts';
import type {Release} from '../../schemas/release.ts';
import type {Report} from '../../schemas/report.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {digestIn} from '../query.ts';
import {estimate} from '../gates-table.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {code, link, pathOf, releaseLink, remark, section, table} from '../parts.ts';
import type {UiProject, Visit} from '../projects.ts';
import {changes, flat, marked, releaseChanges, type Change} from '../release-diff.ts';

/** An adapter's configuration is some hundred bytes. */
const MOST_BYTES = 65_536;

/** The differences between two releases: parts, training, rows, and what was measured. */
export async function comparePage({name, project, params}: Visit): Promise<Page> {
  const {registry} = project.stores;
  const [after, before] = await Promise.all([
    registry.release(name, digestIn(params['release']!)),
    registry.release(name, digestIn(params['other']!)),
  ]);
  const [training, rows, figures] = await Promise.all([
    sides(before, after, (one) => trainingOf(project, one)),
    sides(before, after, (one) => rowsOf(project, one)),
    figuresOf(project, before, after),
  ]);
  const body: Piece[] = [
    html`<p>
      From ${releaseLink(name, before.digest)} to ${releaseLink(name, after.digest)}.
      ${link(pathOf(name, 'releases', before.digest, 'against', after.digest), 'Swap')}
    </p>`,
    section('Parts', changesOf(releaseChanges(before, after), 'All parts are the same.')),
    section('Training', training),
    section('Rows', rows),
    section('Measured', figures),
  ];
  const title = `Release ${short(after.digest)} against ${short(before.digest)}`;
  return {title, body, project: name, under: 'releases'};
}

/** The differences of what `read` finds of each; a side that cannot be read says so. */
async function sides(
  before: Release,
  after: Release,
  read: (release: Release) => Promise<Map<string, string>>,
): Promise<Html> {
  try {
    return changesOf(changes(await read(before), await read(after)), 'No difference.');
  } catch (error) {
    return remark(error instanceof Error ? error.message : String(error), 'bad');
  }
}

async function trainingOf({stores}: UiProject, {adapter}: Release): Promise<Map<string, string>> {
  if (adapter === null || adapter.config.bytes > MOST_BYTES) return new Map();
  return flat(await stores.artifacts.getJson(adapter.config, z.record(z.string(), z.unknown())));
}

async function rowsOf({stores}: UiProject, {project, createdFrom}: Release): Promise<Map<string, string>> {
  if (createdFrom === null) return new Map();
  const version = await stores.registry.dataset(project, createdFrom);
  const {rowsIn, rowsKept, drops, sources, scrubbed, labels} = await stores.artifacts.getJson(
    version.provenance,
    Provenance,
  );
  const read = Object.fromEntries(sources.map((source) => [source.name, source.rows]));
  return flat({splits: version.counts, read: rowsIn, kept: rowsKept, sources: read, drops, scrubbed, labels});
}

/** The metrics of each one's last report, as candidate. */
async function figuresOf({stores}: UiProject, before: Release, after: Release): Promise<Html> {
  const {registry, artifacts} = stores;
  const lastOf = async ({project, digest}: Release): Promise<Report | null> => {
    const entry = (await registry.reports(project, digest)).at(-1);
    return entry === undefined ? null : provenReport(artifacts, entry);
  };
  const [was, is] = await Promise.all([lastOf(before), lastOf(after)]);
  const [old, now] = [was?.metrics.candidate ?? {}, is?.metrics.candidate ?? {}];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  const columns = [
    {head: 'Metric', kind: 'tight'},
    {head: short(before.digest), kind: 'number'},
    {head: short(after.digest), kind: 'number'},
  ] as const;
  const rows = names.map((name): Piece[] => [name, estimate(old[name]), estimate(now[name])]);
  const caution = html`<p class="soft">
    Each figure is from the release’s own report, so the golden rows may differ. The report compares both on
    the same rows.
  </p>`;
  return html`${table('Metrics', columns, rows, 'neither was judged')} ${rows.length === 0 ? null : caution}`;
}

function changesOf(all: readonly Change[], nothing: string): Html {
  if (all.length === 0) return html`<p class="soft">${nothing}</p>`;
  const rows = all
    .filter((change) => !isLong(change))
    .map(({part, before, after}): Piece[] => [part, before ?? '–', after ?? '–'].map(code));
  const columns = [
    {head: 'Part', kind: 'tight'},
    {head: 'Before', kind: 'text'},
    {head: 'After', kind: 'text'},
  ] as const;
  return html`${rows.length === 0 ? null : table('Differences', columns, rows, '')}
  ${all.filter(isLong).map(beside)}`;
}

function isLong({before, after}: Change): boolean {
  return [before, after].some((text) => text !== null && (text.includes('\n') || text.length > 120));
}

/** Two texts beside each other; lines that the other one lacks are marked. */
function beside({part, before, after}: Change): Html {
  const lines = (text: string | null, other: string | null, mark: 'del' | 'ins'): Piece => {
    if (text === null) return html`<p class="soft">none</p>`;
    const shown = marked(text, other ?? '').map(({line, isNew}) => {
      if (!isNew) return [line, '\n'];
      return [mark === 'del' ? html`<del>${line}</del>` : html`<ins>${line}</ins>`, '\n'];
    });
    return html`<pre class="box">${shown}</pre>`;
  };
  return html`<h3>${part}</h3>
    <div class="sides">
      <div>${lines(before, after, 'del')}</div>
      <div>${lines(after, before, 'ins')}</div>
    </div>`;
}
