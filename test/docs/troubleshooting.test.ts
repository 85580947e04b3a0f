import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {ErrorType} from '../../schemas/errors.ts';
import {sourceFiles} from './source-files.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');
/** A message's pieces between placeholders are in the code, each within one line. */
const CODE = sourceFiles()
  .map((file) => readFileSync(file, 'utf8').replaceAll('\\`', '`').replaceAll("\\'", "'"))
  .join('\n');

/** The first cell of each row of the tables that begin with `Message`. */
const messages = PAGE.split('\n\n')
  .filter((block) => /^\| Message/.test(block))
  .flatMap((block) => block.split('\n').slice(2))
  .map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? row);

test('quotes messages as the code prints them', () => {
  expect(messages.length).toBeGreaterThan(55);
  const missing = messages.flatMap((message) =>
    message
      .split('…')
      .map((piece) => piece.trim())
      .filter((piece) => /[a-z]{2}/.test(piece) && !CODE.includes(piece))
      .map((piece) => `${message}: the code has no "${piece}"`),
  );
  expect(missing).toEqual([]);
  // What is quoted says enough to be found by.
  expect(messages.filter((message) => message.replaceAll('…', '').trim().length < 12)).toEqual([]);
});

test('leads on from every type of error', () => {
  expect(Object.values(ErrorType).filter((type) => !PAGE.includes(`\`${type}\``))).toEqual([]);
});
