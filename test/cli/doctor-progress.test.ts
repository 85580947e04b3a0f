import {PassThrough} from 'node:stream';
import {expect, test} from 'vitest';
import {CheckProgress} from '../../cli/doctor/check-progress.ts';

/** A stream that keeps what was written to it. */
function stream(isTTY: boolean): NodeJS.WriteStream & {text(): string} {
  const written: string[] = [];
  const through = new PassThrough();
  through.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  return Object.assign(through, {isTTY, columns: 80, rows: 24, text: () => written.join('')}) as never;
}
/** Two checks, the first of which waits for the progress to begin, or for nothing. */
async function checks(
  to: NodeJS.WriteStream,
  quietMs: number,
  first: () => Promise<string>,
): Promise<string[]> {
  const progress = new CheckProgress({stream: to, quietMs});
  const found = [
    await progress.checking('the store', first),
    await progress.checking('Temporal', () => Promise.resolve('b')),
  ];
  progress.end();
  return found;
}
const slow = () => new Promise<string>((resolve) => setTimeout(() => resolve('a'), 50));

test('doctor says nothing of its progress where it is quick', async () => {
  const to = stream(false);
  expect(await checks(to, 60_000, () => Promise.resolve('a'))).toEqual(['a', 'b']);
  expect(to.text()).toBe('');
});

test('a slow check is named, and each one after it, a line each', async () => {
  const to = stream(false);
  expect(await checks(to, 0, slow)).toEqual(['a', 'b']);
  expect(to.text()).toBe('checking the store …\nchecking Temporal …\n');
});

test('on a terminal it is one line, which is gone at the end', async () => {
  const to = stream(true);
  await checks(to, 0, slow);
  expect(to.text()).toContain('checking the store …');
  expect(to.text()).toMatch(/\u001b\[(?:2K|1A|0?J|G|\d)/);
  expect(to.text().split('checking Temporal …').at(-1)).toContain('\u001b[');
});
