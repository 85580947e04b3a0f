import {globSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {ISOLATED, ISOLATED_WHOLE, NEEDS_MORE} from './needs-more.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const files = (globs: readonly string[]): string[] => globSync([...globs], {cwd: ROOT}).sort();

test('each glob names a file', () => {
  for (const glob of [...NEEDS_MORE, ...ISOLATED, ...ISOLATED_WHOLE])
    expect(files([glob]), glob).not.toEqual([]);
});

test('what stands in for a module has a process of its own: another file may have loaded the module already', () => {
  const standIn = files(['test/**/*.test.ts']).filter((file) =>
    /^vi\.(mock|doMock)\(/m.test(readFileSync(path.join(ROOT, file), 'utf8')),
  );
  expect(standIn.length).toBeGreaterThan(0);
  const alone = new Set(files([...ISOLATED, ...ISOLATED_WHOLE]));
  expect(standIn.filter((file) => !alone.has(file))).toEqual([]);
});
