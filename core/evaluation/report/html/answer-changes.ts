import {answerChangesOf, type AnswerChange} from '../answer-changes.ts';
import {escapeHtml} from '../escape.ts';
import {count} from '../wording.ts';
import type {ReportView} from '../view.ts';
import {answer, cut, paragraph, section, table, type Section} from './parts.ts';

/** Answers shown of each task, either way. */
const MOST = 10;

/** Item by item, what the candidate answers better and worse than stable; null where stable was asked nothing. */
export function answerChangesSection(view: ReportView): Section | null {
  const changes = answerChangesOf(view);
  if (changes.length === 0) return null;
  const tasks = changes.map(
    ({task, items, better, worse}) =>
      paragraph(
        `${task}: of ${count(items)} answers ${count(better.length)} better, ${count(worse.length)} worse.`,
      ) +
      listOf(`${task}: worse than stable`, worse) +
      listOf(`${task}: better than stable`, better),
  );
  return section(
    'Answers that changed',
    'Items that both releases were asked, and one answered better. Largest differences first.',
    tasks.join(''),
  );
}

function listOf(title: string, changes: readonly AnswerChange[]): string {
  if (changes.length === 0) return '';
  const rows = changes
    .slice(0, MOST)
    .map(({item, input, expected, stable, candidate}) => [
      `<span class="mono">${escapeHtml(item)}</span>`,
      `<pre>${escapeHtml(cut(input))}</pre>`,
      escapeHtml(cut(expected)),
      answer(stable),
      answer(candidate),
    ]);
  const shown = changes.length > MOST ? `${title}, ${MOST} of ${changes.length}` : title;
  const columns = ['Item', 'Input', 'Expected', 'Stable', 'Candidate'].map((head) => ({head}));
  return `<h3>${escapeHtml(shown)}</h3>${table(shown, columns, rows)}`;
}
