import {time} from '../core/wording/figures.ts';
import {short} from '../schemas/names.ts';
import type {RunRecord} from '../schemas/run.ts';
import {html, type Html, type Piece} from './html.ts';

/** The pieces that several pages are built of. */

export interface Column {
  readonly head: string;
  /** `number`: right-aligned figures; `text`: takes the room that is left; `tight`: stays on one line; `name`: breaks anywhere. */
  readonly kind?: 'number' | 'text' | 'tight' | 'name';
}

/** The caption is for who does not see the page. Without rows the sentence `nothing`. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Piece[])[],
  nothing: string,
): Html {
  if (rows.length === 0) return html`<p class="soft">${nothing}</p>`;
  const head = columns.map(({head: name, kind = ''}) => html`<th scope="col" class="${kind}">${name}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell, i) => html`<td class="${columns[i]?.kind ?? ''}">${cell}</td>`)}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** Names and what they are; null is left out. */
export function definitions(pairs: readonly (readonly [name: string, value: Piece])[]): Html {
  return html`<dl>
    ${pairs.map(([name, value]) =>
      value === null
        ? null
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`;
}

export function section(title: string, ...body: readonly Piece[]): Html {
  return html`<section>
    <h2>${title}</h2>
    ${body}
  </section>`;
}

/** What a reader has to know before anything else of a page. */
export function remark(what: Piece, kind: 'open' | 'bad' | 'good' = 'open'): Html {
  return html`<div class="remark ${kind}" role="note"><p>${what}</p></div>`;
}

export interface Tile {
  readonly what: string;
  readonly big: Piece;
  readonly from?: Piece;
}

export function tiles(all: readonly Tile[]): Html {
  return html`<div class="tiles">
    ${all.map(
      ({what, big, from = null}) =>
        html`<div class="tile">
          <span class="what">${what}</span> <span class="big">${big}</span> <span class="from">${from}</span>
        </div>`,
    )}
  </div>`;
}

/** What words of runs, verdicts and stages mean, for their colour. */
const MEANING = {
  good: ['pass', 'done', 'promoted', 'approved', 'cached', 'holds', 'approve'],
  bad: ['fail', 'failed', 'rejected', 'reject', 'refused', 'fell_back', 'drifted', 'changed'],
  open: ['inconclusive', 'waiting', 'expired', 'superseded'],
  work: ['running'],
};

export function chip(word: string | null | undefined): Piece {
  if (word === null || word === undefined) return '–';
  const kind = Object.entries(MEANING).find(([, words]) => words.includes(word))?.[0] ?? '';
  return html`<span class="chip ${kind}">${word.replaceAll('_', ' ')}</span>`;
}

/** A path of this server: its parts are escaped, so that none of them can be two. */
export function pathOf(...parts: readonly string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

export function link(href: string, text: Piece): Html {
  return html`<a href="${href}">${text}</a>`;
}

/** A release by the beginning of its digest, as a link to its page. */
export function releaseLink(project: string, digest: string | null | undefined): Piece {
  return digest ? link(pathOf(project, 'releases', digest), html`<code>${short(digest)}</code>`) : '–';
}

export function runLink(project: string, run: string): Html {
  const name = run.split('/').at(-1)!;
  return link(pathOf(project, 'runs', name), html`<code>${name}</code>`);
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** A text of users, models or documents, as it stands. */
export function quoted(text: string): Html {
  return text === '' ? html`<p class="soft">(empty)</p>` : html`<pre class="box">${text}</pre>`;
}

export function when(iso: string | null | undefined): Html {
  return html`<span class="mono">${time(iso)}</span>`;
}

/** The beginning of a text, in one line. */
export function excerpt(text: string, most = 120): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

const WHY: Readonly<Record<RunRecord['reason'], string>> = {
  first: 'first run',
  hand: 'by hand',
  schedule: 'schedule',
  drift: 'drift',
  new_data: 'new data',
};

/** Why a run began. */
export function whyOf({reason}: Pick<RunRecord, 'reason'>): string {
  return WHY[reason];
}
