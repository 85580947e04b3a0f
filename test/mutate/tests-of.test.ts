import {readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, it} from 'vitest';
import {filesOf, SCOPE} from '../../scripts/mutate/scope.ts';
import {sitesOf} from '../../scripts/mutate/sites.ts';
import {TestsOf} from '../../scripts/mutate/tests-of.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const testsOf = new TestsOf(ROOT);

it('a file’s own test comes first, then those that import it', () => {
  const {quick} = testsOf.of('core/rollout/analysis.ts');
  expect(quick[0]).toBe('test/core/rollout/analysis.test.ts');
  expect(quick.indexOf('test/core/rollout/by-key.test.ts')).toBeLessThan(6);
});

it('of a workflow histories are replayed, before a test with a server runs it', () => {
  const {quick, slow} = testsOf.of('workflows/rollout/climb.ts');
  expect(quick).toContain('test/workflows/replay.test.ts');
  expect(slow[0]).toMatch(/^test\/workflows\/rollout\//);
  expect(slow).toContain('test/workflows/rollout/way-back.test.ts');
});

it('every file that is mutated is reached by a test', () => {
  const files = filesOf(ROOT, SCOPE);
  expect(files.length).toBeGreaterThan(200);
  const unreached = files.filter((file) => {
    // Types and exports of others run nowhere.
    if (sitesOf(file, readFileSync(path.join(ROOT, file), 'utf8')).length === 0) return false;
    const {quick, slow} = testsOf.of(file);
    return quick.length + slow.length === 0;
  });
  expect(unreached).toEqual([]);
});
