import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {showProgress} from '../../launcher/progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is written where nobody watches a terminal. */
function paper() {
  const lines: string[] = [];
  const stream = {isTTY: false, write: (text: string) => lines.push(text.trimEnd()) > 0};
  return {lines, progress: showProgress(stream as unknown as NodeJS.WriteStream)};
}

test('without a terminal a step that takes a while is named soon, and then every half minute', () => {
  const {lines, progress} = paper();
  progress.begin('npm packages');
  vi.advanceTimersByTime(1_400);
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(lines).toEqual(['  setting up: npm packages 2 s']);
  progress.begin('trainer');
  vi.advanceTimersByTime(60_000);
  expect(lines.slice(1)).toEqual([
    '  still setting up: npm packages 30 s, trainer 28 s',
    '  still setting up: npm packages 60 s, trainer 58 s',
  ]);
  progress.end('npm packages');
  progress.end('trainer');
  vi.advanceTimersByTime(120_000);
  expect(lines).toHaveLength(3);
  progress.begin('Temporal');
  vi.advanceTimersByTime(2_000);
  expect(lines[3]).toBe('  setting up: Temporal 2 s');
});

test('what is done at once has no line', () => {
  const {lines, progress} = paper();
  progress.begin('npm packages');
  progress.end('npm packages');
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);
});
