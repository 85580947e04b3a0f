import {escapeHtml} from '../escape.ts';

/** Small pictures as SVG text. Colours are the page's CSS variables; every one has a text alternative. */

export interface IntervalPlot {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The line that decides, and on which side of it is good. */
  readonly line: number;
  readonly good: 'above' | 'below';
  /** Shown as a reference: no difference. */
  readonly zero: boolean;
  readonly verdict: string;
  readonly format: (value: number) => string;
}

const WIDTH = 230;

/** A dot with its two-sided 95 % interval against the line of a gate; the good side is tinted. */
export function intervalPlot(plot: IntervalPlot): string {
  const height = 46;
  const marks = [plot.low, plot.high, plot.line, ...(plot.zero ? [0] : [])];
  const x = scale(Math.min(...marks), Math.max(...marks), 14, WIDTH - 14);
  const [from, to] = plot.good === 'above' ? [x(plot.line), WIDTH] : [0, x(plot.line)];
  const zero =
    plot.zero && plot.line !== 0
      ? `<line x1="${x(0)}" x2="${x(0)}" y1="4" y2="28" class="zero"/>${Math.abs(x(0) - x(plot.line)) > 30 ? tick(x(0), '0') : ''}`
      : '';
  return svg(
    WIDTH,
    height,
    plot.label,
    `<rect x="${from}" y="4" width="${to - from}" height="24" class="good"/>` +
      zero +
      `<line x1="${x(plot.line)}" x2="${x(plot.line)}" y1="2" y2="30" class="limit"/>` +
      tick(x(plot.line), plot.format(plot.line)) +
      whisker(x(plot.low), x(plot.high), x(plot.value), 16, plot.verdict),
  );
}

export interface NamedInterval {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** CSS class: `base`, `stable`, `candidate`, `peer`. */
  readonly kind: string;
}

/** Several intervals on one scale, one a line, named at the left. */
export function comparisonPlot(
  label: string,
  rows: readonly NamedInterval[],
  format: (v: number) => string,
): string {
  const line = 22;
  const left = 118;
  const width = 560;
  const height = rows.length * line + 22;
  const low = Math.min(...rows.map((row) => row.low));
  const high = Math.max(...rows.map((row) => row.high));
  const x = scale(low, high, left + 10, width - 96);
  const drawn = rows.map((row, i) => {
    const y = i * line + 12;
    return (
      `<text x="${left - 6}" y="${y + 4}" text-anchor="end" class="name ${row.kind}">${escapeHtml(row.name)}</text>` +
      `<line x1="${left}" x2="${width - 86}" y1="${y}" y2="${y}" class="rail"/>` +
      whisker(x(row.low), x(row.high), x(row.value), y, row.kind) +
      `<text x="${width - 78}" y="${y + 4}" class="value">${escapeHtml(format(row.value))}</text>`
    );
  });
  const axis = rows.length * line + 14;
  const ends = [low, high].map((value) => tick(x(value), format(value), axis, width)).join('');
  return svg(width, height, label, drawn.join('') + ends);
}

/** Loss over steps: training as a thin line, validation as dots joined by a thick one. */
export function lossCurve(
  train: readonly {step: number; loss: number}[],
  validation: readonly {step: number; loss: number}[],
): string {
  const [width, height, left, bottom] = [560, 200, 44, 26];
  const all = [...train, ...validation];
  const x = scale(0, Math.max(...all.map((p) => p.step)), left, width - 116);
  const top = Math.max(...all.map((p) => p.loss));
  const y = scale(0, top, height - bottom, 10);
  const path = (points: readonly {step: number; loss: number}[]): string =>
    points.map((p, i) => `${i === 0 ? 'M' : 'L'}${x(p.step)} ${y(p.loss)}`).join('');
  const last = (points: readonly {step: number; loss: number}[], name: string, shift: number): string => {
    const p = points.at(-1);
    return p
      ? `<text x="${x(p.step) + 8}" y="${y(p.loss) + shift}" class="name ${name}">${name} ${p.loss.toFixed(2)}</text>`
      : '';
  };
  const grid = [0, top / 2, top].map(
    (value) =>
      `<line x1="${left}" x2="${width - 116}" y1="${y(value)}" y2="${y(value)}" class="rail"/>` +
      `<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end" class="tick">${value.toFixed(1)}</text>`,
  );
  const steps = [0, Math.max(...all.map((p) => p.step))].map((step) =>
    tick(x(step), `step ${step}`, height - 8, width),
  );
  const close = Math.abs(y(train.at(-1)?.loss ?? 0) - y(validation.at(-1)?.loss ?? top)) < 14;
  return svg(
    width,
    height,
    'Training and validation loss over the steps',
    grid.join('') +
      steps.join('') +
      `<path d="${path(train)}" class="curve train"/>` +
      `<path d="${path(validation)}" class="curve validation"/>` +
      validation
        .map((p) => `<circle cx="${x(p.step)}" cy="${y(p.loss)}" r="3" class="dot validation"/>`)
        .join('') +
      last(train, 'train', close ? -4 : 4) +
      last(validation, 'validation', close ? 12 : 4),
  );
}

/** How many values fall into each of equal bins; the median and the 95th percentile are marked. */
export function histogramPlot(
  label: string,
  values: readonly number[],
  marks: readonly [string, number][],
): string {
  const [width, height, bottom] = [560, 120, 30];
  const most = Math.max(...values);
  const bins = 28;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value / most) * bins))]!++;
  const x = scale(0, most, 8, width - 60);
  const y = scale(0, Math.max(...counts), height - bottom, 12);
  const bars = counts.map((n, i) => {
    const from = x((i * most) / bins);
    return n === 0
      ? ''
      : `<rect x="${from + 1}" y="${y(n)}" width="${x(((i + 1) * most) / bins) - from - 1}" height="${y(0) - y(n)}" class="bar"/>`;
  });
  const lines = marks.map(
    ([name, value], i) =>
      `<line x1="${x(value)}" x2="${x(value)}" y1="6" y2="${y(0)}" class="limit"/>` +
      // The first mark's name stands before it, so that two that are close stay apart.
      `<text x="${x(value) + (i === 0 ? -4 : 4)}" y="14" text-anchor="${i === 0 ? 'end' : 'start'}" class="tick">${escapeHtml(name)}</text>`,
  );
  const ends = [0, most].map((value) =>
    tick(x(value), `${Math.round(value).toLocaleString('en-US')} ms`, height - 12, width),
  );
  return svg(
    width,
    height,
    label,
    bars.join('') +
      `<line x1="8" x2="${width - 60}" y1="${y(0)}" y2="${y(0)}" class="rail"/>` +
      lines.join('') +
      ends.join(''),
  );
}

function whisker(low: number, high: number, at: number, y: number, kind: string): string {
  return (
    `<g class="whisker ${kind}"><line x1="${low}" x2="${high}" y1="${y}" y2="${y}"/>` +
    `<line x1="${low}" x2="${low}" y1="${y - 4}" y2="${y + 4}"/><line x1="${high}" x2="${high}" y1="${y - 4}" y2="${y + 4}"/>` +
    `<circle cx="${at}" cy="${y}" r="4.5"/></g>`
  );
}

/** A small text under x, kept inside the picture. */
export function tick(x: number, text: string, y = 42, width = WIDTH): string {
  const anchor = x < 26 ? 'start' : x > width - 34 ? 'end' : 'middle';
  const at = anchor === 'start' ? Math.max(2, x - 10) : anchor === 'end' ? Math.min(width - 2, x + 12) : x;
  return `<text x="${at}" y="${y}" text-anchor="${anchor}" class="tick">${escapeHtml(text)}</text>`;
}

/** Value → x or y, one decimal. A range of no width is drawn in its middle. */
export function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const width = high - low;
  return (value) => {
    const at = width === 0 ? (from + to) / 2 : from + ((value - low) / width) * (to - from);
    return Math.round(at * 10) / 10;
  };
}

export function svg(width: number, height: number, label: string, body: string): string {
  return (
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(label)}">` +
    `${body}</svg>`
  );
}
