import {escapeHtml} from '../escape.ts';
import {contributionsInWords} from '../contributions.ts';
import {originRows} from '../origin.ts';
import type {ReleaseView, ReportView} from '../view.ts';
import {count} from '../wording.ts';
import {code, definitions, list, paragraph, section, table, type Section} from './parts.ts';

/** What was not measured, and why. */
export function notesSection({report}: ReportView): Section | null {
  if (report.notes.length === 0) return null;
  return section('Not measured, and limits', '', `<div class="card">${list(report.notes)}</div>`);
}

/** Digests that an approval binds, and where the data came from. */
export function provenanceSection(view: ReportView): Section {
  const {report, releases, data} = view;
  const digests = definitions([
    ['release (candidate)', code(report.release)],
    ['adapter', releases.candidate.adapter === null ? 'none' : code(releases.candidate.adapter)],
    ['stable', code(report.stable)],
    ['base model', `${escapeHtml(releases.base.base)}`],
    ['dataset', report.dataset === null ? 'none' : code(report.dataset)],
    ['gate policy', code(report.policy)],
    ['whole policy', report.projectPolicy === undefined ? 'not recorded' : code(report.projectPolicy)],
    ['samples of the candidate', code(report.samples.candidate.sha256)],
    ['samples of stable', code(report.samples.stable.sha256)],
    ['samples of the base', code(report.samples.base.sha256)],
    ['stable was trained on', trained(releases.stable)],
  ]);
  const origin = originRows(view).map(([name, words]): [string, string] => [name, escapeHtml(words)]);
  return section(
    'Provenance',
    'An approval binds the digests of release, dataset and this report’s JSON: if anything changes, it no longer applies.',
    `<div class="card"><h3>When, where and by whom</h3>${definitions(origin)}</div><br>` +
      `<div class="card">${digests}</div>${data === null ? '' : dataTables(data)}`,
  );
}

function trained({standing, adapter, trainedOn}: ReleaseView): string {
  if (standing === 'empty') return 'nothing: it has no model';
  if (adapter === null)
    return `nothing: it is ${standing === 'bare' ? 'the bare base model' : 'a model as it came'}`;
  return trainedOn === null ? 'unknown' : code(trainedOn);
}

function dataTables(data: NonNullable<ReportView['data']>): string {
  const counts = (
    caption: string,
    head: string,
    all: Readonly<Record<string, number>>,
    what = 'Rows',
  ): string =>
    Object.keys(all).length === 0
      ? ''
      : `<div>${table(
          caption,
          [{head}, {head: what, number: true}],
          Object.entries(all).map(([name, n]) => [escapeHtml(name === '' ? '(none)' : name), count(n)]),
        )}</div>`;
  return (
    paragraph(
      `${count(data.rowsIn)} records came in, ${count(data.rowsKept)} rows were kept; every other one has its reason in the dataset's drop log.`,
    ) +
    (data.feedback === undefined ? '' : paragraph(escapeHtml(`${contributionsInWords(data.feedback)}.`))) +
    `<div class="grid">${counts('Splits', 'Split', data.splits)}${counts('Labels', 'Label', data.labels)}` +
    `${counts('Dropped', 'Rule', data.drops)}${counts('Personal data replaced in the rows kept', 'Kind', data.scrubbed, 'Occurrences')}` +
    `${counts('Sources', 'Source', Object.fromEntries(data.sources.map(({name, rows}) => [name, rows])))}</div>`
  );
}
