import {differentAreas, rowsInWords, sameAreas, type AreaInWords} from '../../core/releases/in-words.ts';
import type {DiffLine} from '../../core/releases/line-diff.ts';
import type {ReleaseDiff} from '../../core/releases/release-diff.ts';
import {estimateInWords} from '../../core/wording/estimate.ts';
import {diffReleases} from '../../records/release-diff.ts';
import {short} from '../../schemas/names.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {chip, code, link, pathOf, releaseLink, remark, section, table} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {digestIn} from '../query.ts';

/** The differences between two releases: parts, training, rows, gates and what was measured. */
export async function comparePage({name, project, params}: Visit): Promise<Page> {
  const {registry} = project.stores;
  const [after, before] = await Promise.all([
    registry.release(name, digestIn(params['release']!)),
    registry.release(name, digestIn(params['other']!)),
  ]);
  const found = await diffReleases(project.stores, before, after);
  const body: Piece[] = [
    html`<p>
      From ${releaseLink(name, before.digest)} to ${releaseLink(name, after.digest)}.
      ${link(pathOf(name, 'releases', before.digest, 'against', after.digest), 'Swap')}
    </p>`,
    ...differentAreas(found).map(areaSection),
    found.rows === null ? null : html`<p>${rowsInWords(found.rows)}</p>`,
    html`<p class="soft">${sameAreas(found)}</p>`,
    section('Gates', gatesOf(found)),
    section('Measured', figuresOf(found)),
  ];
  const title = `Release ${short(after.digest)} against ${short(before.digest)}`;
  return {title, body, project: name, under: 'releases'};
}

function areaSection({title, rows, texts, unread}: AreaInWords): Html {
  if (unread !== null) return section(title, remark(unread, 'bad'));
  const columns = [
    {head: 'Part', kind: 'tight'},
    {head: 'Before', kind: 'text'},
    {head: 'After', kind: 'text'},
  ] as const;
  const cells = rows.map(({part, before, after}): Piece[] => [part, before, after].map(code));
  return section(
    title,
    rows.length === 0 ? null : table('Differences', columns, cells, ''),
    texts.map(
      ({part, lines}) =>
        html`<h3>${part}</h3>
          <pre class="box">${lines.map(signed)}</pre>`,
    ),
  );
}

function signed({sign, text}: DiffLine): Piece {
  const line = `${sign} ${text}\n`;
  if (sign === '-') return html`<del>${line}</del>`;
  return sign === '+' ? html`<ins>${line}</ins>` : line;
}

function gatesOf({gates, before, after}: ReleaseDiff): Html {
  const columns = [
    {head: 'Gate', kind: 'text'},
    {head: short(before), kind: 'tight'},
    {head: short(after), kind: 'tight'},
  ] as const;
  const rows = gates.map(({gate, required, before: was, after: is}): Piece[] => [
    html`${gate}${required ? '' : html` <span class="soft">advisory</span>`}`,
    was === null ? '–' : chip(was),
    is === null ? '–' : chip(is),
  ]);
  return table('Gates', columns, rows, 'neither was judged');
}

function figuresOf({metrics, before, after}: ReleaseDiff): Html {
  const columns = [
    {head: 'Metric', kind: 'tight'},
    {head: short(before), kind: 'number'},
    {head: short(after), kind: 'number'},
  ] as const;
  const rows = metrics.all.map((one): Piece[] => [
    one.metric,
    estimateInWords(one.before),
    estimateInWords(one.after),
  ]);
  const caution = metrics.sameRows
    ? html`<p class="soft">Both were measured on the same rows, in the report of ${short(after)}.</p>`
    : html`<p class="soft">
        Each figure is from the release’s own last report, so the golden rows may differ. The report compares
        both on the same rows.
      </p>`;
  return html`${table('Metrics', columns, rows, 'neither was judged')} ${rows.length === 0 ? null : caution}`;
}
