/** Every command that a page shows is one that there is, with the options it names. */
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {ratchet} from '../../cli/program.ts';
import {commandsIn, unknownIn} from './commands.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`),
  ...readdirSync(path.join(ROOT, 'docs'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

test('commands of the pages', async () => {
  const program = await ratchet(undefined, {whole: true});
  const shown = pages.flatMap((page) =>
    commandsIn(readFileSync(path.join(ROOT, page), 'utf8')).map((line) => ({page, line})),
  );
  expect(shown.length).toBeGreaterThan(150);
  const wrong = shown.flatMap(({page, line}) => {
    const unknown = unknownIn(program, line);
    return unknown === null ? [] : [`${page}: npx ratchet ${line}: ${unknown}`];
  });
  expect(wrong).toEqual([]);
});

test('a command or an option that there is not is found', async () => {
  const program = await ratchet(undefined, {whole: true});
  expect(commandsIn('`npx ratchet watch RUN`, then\n```sh\nnpx ratchet runs   # all\n```')).toEqual([
    'watch RUN',
    'runs',
  ]);
  expect(unknownIn(program, 'fly away')).toBe('no command fly');
  expect(unknownIn(program, 'schedule make')).toBe('schedule has no command make');
  expect(unknownIn(program, 'run --fast')).toBe('run has no --fast');
  expect(unknownIn(program, 'run tickets --from gauntlet')).toBeNull();
});
