import type {Estimate} from '../../../../schemas/artifact.ts';
import type {Metric} from '../../catalog/metric.ts';
import {escapeHtml} from '../escape.ts';
import {shown, VERDICT_WORDS} from '../wording.ts';

/** The pieces that several sections are built of. Arguments named `html` are markup already, all others are text. */

/** A part of the page that the contents list leads to. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

export function section(title: string, note: string, html: string): Section {
  const id = anchorOf(title);
  return {
    id,
    title,
    html: `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(title)}</h2>${paragraph(note)}${html}</section>`,
  };
}

/** `Failures to read` → `failures-to-read`. */
function anchorOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z]+/g, '-');
}

/** A link to each section, in their order. */
export function contents(sections: readonly Section[]): string {
  const links = sections.map(({id, title}) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  return `<nav class="contents" aria-label="Contents"><ol>${links.join('')}</ol></nav>`;
}

export function paragraph(note: string): string {
  return note === '' ? '' : `<p class="note">${escapeHtml(note)}</p>`;
}

export interface Column {
  readonly head: string;
  /** Right-aligned figures. */
  readonly number?: boolean;
}

/** The first cell of a row is its head. Cells are markup. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const kind = (i: number): string => (columns[i]?.number ? ' class="number"' : '');
  const head = columns.map((c, i) => `<th scope="col"${kind(i)}>${escapeHtml(c.head)}</th>`).join('');
  const body = rows.map(
    ([first, ...rest]) =>
      `<tr><th scope="row">${first}</th>${rest.map((cell, i) => `<td${kind(i + 1)}>${cell}</td>`).join('')}</tr>`,
  );
  return (
    `<div class="scroll"><table><caption>${escapeHtml(caption)}</caption>` +
    `<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
  );
}

export function chip(verdict: 'pass' | 'fail' | 'inconclusive'): string {
  const mark = {pass: '✓', fail: '✗', inconclusive: '?'}[verdict];
  return `<span class="chip ${verdict}"><span aria-hidden="true">${mark}</span> ${VERDICT_WORDS[verdict]}</span>`;
}

/** The figure, its interval below. */
export function estimateCell(
  estimate: Estimate | null | undefined,
  unit: Metric['unit'],
  currency: string,
): string {
  if (!estimate) return '<span class="range">not measured</span>';
  const bare = (value: number): string => shown(value, unit, currency).replace(/ \S+$/, '');
  return (
    `${escapeHtml(shown(estimate.value, unit, currency))}` +
    `<span class="range">${escapeHtml(`${bare(estimate.low)} … ${bare(estimate.high)}`)}</span>`
  );
}

export function list(items: readonly string[]): string {
  return `<ul class="plain">${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
}

export function definitions(pairs: readonly (readonly [string, string])[]): string {
  return `<dl>${pairs.map(([name, html]) => `<dt>${escapeHtml(name)}</dt><dd>${html}</dd>`).join('')}</dl>`;
}

/** A row's head that is text to read rather than a name. */
export function plain(text: string): string {
  return `<span class="plain">${escapeHtml(text)}</span>`;
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** Characters shown of an input or an answer. */
const TEXT_CHARS = 420;

/** An empty answer is said, not shown as nothing. */
export function answer(text: string): string {
  return text === '' ? '<span class="range">(empty)</span>' : escapeHtml(cut(text));
}

/** A text cut for reading. */
export function cut(text: string): string {
  return text.length <= TEXT_CHARS ? text : `${text.slice(0, TEXT_CHARS).trimEnd()} …`;
}
