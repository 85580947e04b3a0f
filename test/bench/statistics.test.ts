import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {count, nameOf, SHAPES, tolerance} from '../../scripts/bench/statistics/cell.ts';
import {CELLS} from '../../scripts/bench/statistics/cells.ts';
import {RESULTS, within, type Results} from '../../scripts/bench/statistics/statistics.ts';

const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;

describe('the simulated decisions', () => {
  test('have names of their own, and every shape is there', () => {
    expect(new Set(CELLS.map(nameOf)).size).toBe(CELLS.length);
    expect(new Set(CELLS.map(({shape}) => shape))).toEqual(new Set(SHAPES));
  });

  test('were all simulated at full length, and keep what they promise (npm run bench -- statistics)', () => {
    expect(CELLS.filter((cell) => !within(cell, results)).map(nameOf)).toEqual([]);
    expect(Object.keys(results).sort()).toEqual(CELLS.map(nameOf).sort());
    for (const cell of CELLS) expect(results[nameOf(cell)]!.trials).toBe(cell.trials.bench);
  });

  test.each(CELLS.map((cell) => [nameOf(cell), cell] as const))('%s', (_, cell) => {
    const {test: trials} = cell.trials;
    const share = count(cell, trials) / trials;
    const room = tolerance(cell.bound, trials);
    if (cell.kind === 'error') expect(share).toBeLessThanOrEqual(cell.bound + room);
    else expect(share).toBeGreaterThanOrEqual(cell.bound - room);
  });

  test('below its smallest n no gate passes', () => {
    const small = CELLS.filter(
      ({decision, n, smallest, kind, samples}) =>
        kind === 'error' &&
        n < smallest &&
        !samples.endsWith(': fail') &&
        /non-inferiority|at-/.test(decision),
    );
    expect(small.length).toBeGreaterThan(10);
    for (const cell of small) expect(count(cell, cell.trials.test), nameOf(cell)).toBe(0);
  });
});
