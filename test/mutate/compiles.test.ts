import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect, it, onTestFinished} from 'vitest';
import {Compiles} from '../../scripts/mutate/compiles.ts';

it('a mutant is refused where the types of its file do not hold, and the next starts from the file as it is', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'ratchet-compiles-'));
  onTestFinished(() => rmSync(root, {recursive: true}));
  writeFileSync(
    path.join(root, 'tsconfig.json'),
    JSON.stringify({compilerOptions: {strict: true, noEmit: true, lib: ['es2024'], types: []}}),
  );
  writeFileSync(path.join(root, 'b.ts'), 'export const limit: number | null = null as number | null;');
  const text = "import {limit} from './b';\nexport const f = (): number => limit ?? 1;\n";
  writeFileSync(path.join(root, 'a.ts'), text);

  const compiles = new Compiles(root);

  expect(compiles.holds('a.ts', text)).toBe(true);
  expect(compiles.holds('a.ts', text.replace('limit ?? 1', 'limit'))).toBe(false);
  expect(compiles.holds('a.ts', text.replace('1', '2'))).toBe(true);
  expect(compiles.holds('b.ts', 'export const limit: number | null = null;')).toBe(true);
  expect(compiles.holds('a.ts', text)).toBe(true);
});
