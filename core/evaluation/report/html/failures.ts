import {escapeHtml} from '../escape.ts';
import {failuresOf} from '../failures.ts';
import type {ReportView} from '../view.ts';
import {answer, cut, section, table, type Section} from './parts.ts';

/** Failures shown of each task. */
const MOST = 12;

/** Wrong answers as a person can read them: what came in, what was expected, what came out. Scrubbed before it was stored. */
export function failuresSection(view: ReportView): Section | null {
  const failures = failuresOf(view, MOST);
  if (failures.length === 0) return null;
  const parts = [...new Set(failures.map((failure) => failure.task))].map((task) => {
    const rows = failures
      .filter((failure) => failure.task === task)
      .map((failure) => [
        `<span class="mono">${escapeHtml(failure.item)}</span><span class="why">${escapeHtml(failure.what)}</span>` +
          failure.slices.map((slice) => `<span class="tag">${escapeHtml(slice)}</span>`).join(' '),
        `<pre>${escapeHtml(cut(failure.input))}</pre>`,
        escapeHtml(cut(failure.expected)),
        answer(failure.output),
        answer(failure.stable),
      ]);
    const columns = ['Item', 'Input', 'Expected', 'Candidate', 'Stable'].map((head) => ({head}));
    return `<h3>${escapeHtml(task)}</h3>${table(`The worst answers to ${task}`, columns, rows)}`;
  });
  return section(
    'Failures to read',
    'The worst answers of the candidate, errors first. Inputs are cut for reading; personal data was replaced before anything was stored.',
    parts.join(''),
  );
}
