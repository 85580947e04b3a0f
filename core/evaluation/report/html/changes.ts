import {differentAreas, rowsInWords, sameAreas, type AreaInWords} from '../../../releases/in-words.ts';
import type {DiffLine} from '../../../releases/line-diff.ts';
import {escapeHtml} from '../escape.ts';
import type {ReportView} from '../view.ts';
import {paragraph, section, table, type Section} from './parts.ts';

/** From stable to the candidate, part by part: what an approver signs. */
export function changesSection({diff}: ReportView): Section {
  const words = [...(diff.rows === null ? [] : [rowsInWords(diff.rows)]), sameAreas(diff) ?? '']
    .join(' ')
    .trim();
  return section(
    'Changes against stable',
    'What differs between the stable release and the candidate. An approval is of all of it.',
    differentAreas(diff).map(areaOf).join('') + paragraph(words),
  );
}

function areaOf({title, rows, texts, unread}: AreaInWords): string {
  const head = `<h3>${escapeHtml(title)}</h3>`;
  if (unread !== null) return head + paragraph(`Cannot be compared: ${unread}`);
  const columns = [{head: 'Part'}, {head: 'Stable'}, {head: 'Candidate'}];
  const cells = rows.map(({part, before, after}) => [
    escapeHtml(part),
    `<code>${escapeHtml(before)}</code>`,
    `<code>${escapeHtml(after)}</code>`,
  ]);
  return (
    head +
    (rows.length === 0 ? '' : table(`${title} that differ`, columns, cells)) +
    texts
      .map(
        ({part, lines}) =>
          `<h4>${escapeHtml(part)}</h4><pre class="diff">${lines.map(lineOf).join('')}</pre>`,
      )
      .join('')
  );
}

function lineOf({sign, text}: DiffLine): string {
  const line = escapeHtml(`${sign} ${text}\n`);
  if (sign === '-') return `<del>${line}</del>`;
  return sign === '+' ? `<ins>${line}</ins>` : line;
}
