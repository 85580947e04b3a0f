import {escapeHtml} from '../core/evaluation/report/escape.ts';

/** Markup. Only `html` makes it, so whatever is not of this class is text. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = Html | string | number | null | readonly Piece[];

/**
 * A template whose values are escaped, but for what a template made itself; a list is its pieces one after the other, null is
 * nothing. Values may stand in elements and in quoted attributes.
 *
 * @example html`<a href="${path}">${name}</a>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(parts.map((part, i) => part + (i < values.length ? markupOf(values[i]!) : '')).join(''));
}

function markupOf(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Html) return piece.text;
  return typeof piece === 'object' ? piece.map(markupOf).join('') : escapeHtml(String(piece));
}
