import {count, counts} from '../../core/wording/figures.ts';
import {Provenance} from '../../schemas/dataset.ts';
import {isOpen, modelInWords, modelsOf, promptsOf} from '../../core/releases/models.ts';
import type {ModelPart, Release} from '../../schemas/release.ts';
import {short} from '../../schemas/names.ts';
import type {ReportEntry} from '../../schemas/run.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {originAmiss} from '../../stores/registry/registry.ts';
import {retirementOf} from '../../stores/registry/retirements.ts';
import {digestIn} from '../query.ts';
import {gatesTable} from '../gates-table.ts';
import {html, type Html, type Piece} from '../html.ts';
import type {Page} from '../page.ts';
import {
  chip,
  code,
  definitions,
  link,
  pathOf,
  quoted,
  releaseLink,
  remark,
  runLink,
  section,
  table,
  when,
} from '../parts.ts';
import type {Visit} from '../projects.ts';
import {sharesOf} from '../shares.ts';

/** A release: what it is made of, what was measured of it, and what it answers now. */
export async function releasePage({name, project, params}: Visit): Promise<Page> {
  const {registry, artifacts, objects, pointers} = project.stores;
  const release = await registry.release(name, digestIn(params['release']!));
  const [deployment, retired, entries] = await Promise.all([
    pointers.read(name),
    retirementOf(objects, name, release.digest),
    registry.reports(name, release.digest),
  ]);
  const latest = entries.at(-1);
  const strange = originAmiss(release);
  const dataset = release.createdFrom === null ? null : await datasetOf(name, project, release.createdFrom);
  const body: Piece[] = [
    strange === null ? null : remark(strange, 'bad'),
    retired === null ? null : remark(`Retired ${retired.at} by ${retired.by}: ${retired.why}`, 'bad'),
    definitions([
      ['digest', code(release.digest)],
      ['answers', sharesOf(release.digest, deployment) ?? 'nothing'],
      ['parent', releaseLink(name, release.parent)],
      ...Object.values(modelsOf(release)).flatMap(modelRows),
      ['compare', comparisons(name, release, deployment?.stable)],
    ]),
    dataset,
    section('Reports', reportsTable(name, entries)),
    latest === undefined
      ? null
      : section('Gates of the last report', gatesTable(await provenReport(artifacts, latest))),
    section('Prompts', promptSections(release)),
    section('Guardrails and input', guardrailsOf(release)),
  ];
  return {title: `Release ${short(release.digest)}`, body, project: name, under: 'releases'};
}

function modelRows(part: ModelPart): [string, Piece][] {
  if (!isOpen(part)) return [['provider', modelInWords(part)]];
  const {name, sha256, adapter} = part;
  return [
    ['base', html`${name} ${code(sha256)}`],
    ['adapter', adapter === null ? 'none: the bare base' : code(adapter.digest)],
  ];
}

function comparisons(name: string, {digest, parent}: Release, stable: string | undefined): Piece {
  const others = [
    ['its parent', parent],
    ['stable', stable],
  ] as const;
  const links = others.flatMap(([what, other]) =>
    !other || other === digest
      ? []
      : [html`${link(pathOf(name, 'releases', digest, 'against', other), what)} `],
  );
  return links.length === 0 ? null : links;
}

/** A dataset record that cannot be read must not hide the release. */
async function datasetOf(name: string, {stores}: Visit['project'], digest: string): Promise<Html> {
  const {registry, artifacts} = stores;
  try {
    const version = await registry.dataset(name, digest);
    const {rowsIn, rowsKept, drops, sources} = await artifacts.getJson(version.provenance, Provenance);
    return section(
      'Dataset',
      definitions([
        ['digest', code(digest)],
        ['rows', counts(version.counts)],
        ['kept', `${count(rowsKept)} of ${count(rowsIn)}; dropped: ${counts(drops)}`],
        ['sources', sources.map(({name: source, rows}) => html`<div>${source}: ${count(rows)} rows</div>`)],
      ]),
    );
  } catch (error) {
    return section(
      'Dataset',
      code(digest),
      remark(error instanceof Error ? error.message : String(error), 'bad'),
    );
  }
}

function reportsTable(name: string, entries: readonly ReportEntry[]): Html {
  const columns = [
    {head: 'Report', kind: 'tight'},
    {head: 'Verdict'},
    {head: 'Judged', kind: 'tight'},
    {head: 'Against', kind: 'tight'},
    {head: 'By run', kind: 'text'},
  ] as const;
  const rows = entries
    .toReversed()
    .map(({at, run, result}): Piece[] => [
      link(
        `${pathOf(name, 'releases', result.release, 'report')}?report=${result.report.sha256}`,
        code(short(result.report.sha256)),
      ),
      chip(result.verdict),
      when(at),
      releaseLink(name, result.stable),
      runLink(name, run),
    ]);
  return table('Reports, the latest first', columns, rows, 'not judged: the first stable is the bare base');
}

function promptSections(release: Release): Piece {
  return Object.entries(promptsOf(release)).map(([task, prompt]) => {
    const {template, system, ...rest} = prompt;
    const settings = [
      `${rest.kind}, ${rest.format}`,
      `at most ${rest.maxInputTokens} tokens in, ${rest.maxOutputTokens} out`,
      `temperature ${rest.temperature ?? 'of the model’s own'}`,
    ];
    const choices = rest.choices === undefined ? null : Object.keys(rest.choices).join(', ');
    return html`<h3>${task}</h3>
      <p class="soft">${settings.join('; ')}${choices === null ? '' : `; answers one of ${choices}`}</p>
      ${system === undefined ? null : quoted(system)} ${quoted(template)}`;
  });
}

function guardrailsOf({guardrails, transform, index}: Release): Html {
  const {maxInputChars, scrubOutput, stripInvisible, blockPatterns} = guardrails;
  return definitions([
    ['input', `${transform.format}: ${transform.fields.join(', ') || 'the whole text'}`],
    ['personal data replaced', transform.pii.join(', ') || 'none'],
    ['longest input', `${count(maxInputChars)} characters`],
    ['answers scrubbed', scrubOutput ? 'yes' : 'no'],
    ['invisible characters taken out', stripInvisible ? 'yes' : 'no'],
    [
      'blocked',
      blockPatterns.length === 0 ? 'nothing' : blockPatterns.map((one) => html`<div>${code(one)}</div>`),
    ],
    ['index', index],
  ]);
}
