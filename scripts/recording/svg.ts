import type {Cast} from './cast.ts';
import {Screen, type Cell} from './screen.ts';

const COLOURS = [
  '#4d4d4d',
  '#e05561',
  '#8cc265',
  '#d18f52',
  '#4aa5f0',
  '#c162de',
  '#42b3c2',
  '#d7dae0',
  '#7f848e',
  '#ff616e',
  '#a5e075',
  '#f0a45d',
  '#4dc4ff',
  '#de73ff',
  '#4cd1e0',
  '#ffffff',
];
const FONT = 14;
const LINE = 18;
/** Of a monospaced font. */
const ADVANCE = 8.43;
const MARGIN = 12;

export interface SvgOptions {
  /** Pictures a second at most. */
  readonly rate: number;
  /** Seconds that the last picture stays. */
  readonly rest: number;
  readonly title: string;
}

/** A recording as an animated SVG: no script, so that a code host shows it. Each distinct line is in it once. */
export function castSvg(cast: Cast, {rate, rest, title}: SvgOptions): string {
  const {frames, total} = framesOf(cast, rate, rest);
  const ids = new Map<string, string>();
  const groups = frames.map(({lines, from, to}, i) => {
    const used = lines.map((line, y) => {
      if (line === '') return '';
      if (!ids.has(line)) ids.set(line, `l${ids.size}`);
      return `<use href="#${ids.get(line)!}" y="${y * LINE}"/>`;
    });
    return {markup: `<g class="f" id="f${i}">${used.join('')}</g>`, from, to};
  });
  const percent = (at: number) => `${((100 * at) / total).toFixed(2)}%`;
  const rules = groups.map(
    ({from, to}, i) =>
      `@keyframes k${i}{0%,${percent(from)}{visibility:hidden}${percent(from)},${percent(to)}{visibility:visible}${percent(to)},100%{visibility:hidden}}#f${i}{animation:k${i} ${total.toFixed(1)}s step-end infinite}`,
  );
  const width = Math.ceil(cast.width * ADVANCE + 2 * MARGIN);
  const height = cast.height * LINE + 2 * MARGIN;
  const lines = [...ids].map(([line, id]) => `<text id="${id}" xml:space="preserve">${line}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><title>${escaped(title)}</title>
<style>text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#abb2bf}.b{font-weight:bold}${COLOURS.map((colour, i) => `.c${i}{fill:${colour}}`).join('')}.f{visibility:hidden}${rules.join('')}</style>
<defs>${lines.join('\n')}</defs>
<rect width="100%" height="100%" rx="8" fill="#1e2127"/>
<g transform="translate(${MARGIN} ${MARGIN + FONT})">
${groups.map(({markup}) => markup).join('\n')}
</g>
</svg>
`;
}

interface Frame {
  /** Each as the inside of a text element; '' for a blank one. */
  readonly lines: readonly string[];
  readonly from: number;
  readonly to: number;
}

function framesOf(cast: Cast, rate: number, rest: number): {frames: Frame[]; total: number} {
  const screen = new Screen({columns: cast.width, rows: cast.height});
  const pictures: {at: number; lines: string[]}[] = [];
  for (const [i, [at, bytes]] of cast.events.entries()) {
    screen.write(bytes);
    const next = cast.events[i + 1]?.[0] ?? Infinity;
    const slot = Math.floor(at * rate) / rate;
    // Of what is written within one picture's time, the last state is shown.
    if (Math.floor(next * rate) / rate === slot) continue;
    const lines = screen.lines().map(markupOf);
    if (lines.join('\n') !== pictures.at(-1)?.lines.join('\n')) pictures.push({at: slot, lines});
  }
  const total = (pictures.at(-1)?.at ?? 0) + rest;
  return {
    frames: pictures.map(({at, lines}, i) => ({lines, from: at, to: pictures[i + 1]?.at ?? total})),
    total,
  };
}

/** A line's cells, those of one style together. */
function markupOf(line: readonly Cell[]): string {
  const spans: {text: string; classes: string}[] = [];
  for (const {text, colour, bold} of line) {
    const classes = [bold ? 'b' : '', colour === null ? '' : `c${colour}`]
      .filter((one) => one !== '')
      .join(' ');
    const last = spans.at(-1);
    // A blank has no colour of its own.
    if (last !== undefined && (last.classes === classes || text === ' ')) last.text += text;
    else spans.push({text, classes});
  }
  return spans
    .map(({text, classes}) =>
      classes === '' ? escaped(text) : `<tspan class="${classes}">${escaped(text)}</tspan>`,
    )
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
