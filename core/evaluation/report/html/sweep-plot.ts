import type {SweepRecord} from '../../../../schemas/training.ts';
import {escapeHtml} from '../escape.ts';
import {scale, svg, tick} from './plots.ts';

const [WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM] = [560, 220, 52, 96, 26];

/** Validation loss of each trial over the rungs it came to: one thin line each, the winner's thick. */
export function sweepPlot({trials, rungs, winner}: SweepRecord): string {
  const lines = trials.map(({number, rungs: own}) => ({
    number,
    points: own.flatMap(({step, loss}) => (loss === null ? [] : [{step, loss}])),
  }));
  const losses = lines.flatMap(({points}) => points.map(({loss}) => loss));
  if (losses.length === 0) return '';
  const last = Math.max(...rungs);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const x = scale(0, last, LEFT, WIDTH - RIGHT);
  const y = scale(low, high, HEIGHT - BOTTOM, 12);
  const drawn = [...lines]
    .sort((a, b) => Number(a.number === winner) - Number(b.number === winner))
    .map(({number, points}) => {
      const kind = number === winner ? 'validation' : 'train';
      const path = points.map(({step, loss}, i) => `${i === 0 ? 'M' : 'L'}${x(step)} ${y(loss)}`).join('');
      const dots = points.map(
        ({step, loss}) =>
          `<circle cx="${x(step)}" cy="${y(loss)}" r="${kind === 'validation' ? 4 : 3}" class="dot ${kind}"/>`,
      );
      return `<path d="${path}" class="curve ${kind}"/>${dots.join('')}`;
    });
  const end = lines.find(({number}) => number === winner)?.points.at(-1);
  const name = end
    ? `<text x="${x(end.step) + 8}" y="${y(end.loss) + 4}" class="name validation">${escapeHtml(`trial ${winner} ${end.loss.toFixed(3)}`)}</text>`
    : '';
  const grid = [low, high].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" class="rail"/>` +
      `<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end" class="tick">${value.toFixed(3)}</text>`,
  );
  const steps = rungs.map((step) => tick(x(step), `${step}`, HEIGHT - 8, WIDTH));
  return svg(
    WIDTH,
    HEIGHT,
    `Validation loss of ${trials.length} trials at the rungs; trial ${winner} won`,
    grid.join('') + steps.join('') + drawn.join('') + name,
  );
}
