import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import {beforeAll, describe, expect, it} from 'vitest';
import {resolveEnvironment} from '../../scripts/launcher/environment.js';

const HERE = import.meta.dirname;
const TRAINER = path.join(HERE, '../../trainer');
const MODULES = readdirSync(HERE)
  .filter((name) => /^test_\w+\.py$/.test(name))
  .map((name) => name.replace('.py', ''));
const {python} = resolveEnvironment();
const WITHOUT =
  'skipped, there is no trainer environment: `npm test` makes one, or RATCHET_PYTHON names a Python';

/** One process for all: importing torch takes longer than most of the tests. */
describe.skipIf(python === undefined)(`the trainer's own tests${python ? '' : ` (${WITHOUT})`}`, () => {
  let ended: {code: number | null; said: string};
  beforeAll(async () => {
    ended = await unittest(python!, MODULES);
    const summary = /^Ran \d+ tests in .*$/m.exec(ended.said)?.[0] ?? 'no test ran';
    console.log(`Python: ${summary}, exit code ${ended.code}`);
  }, 1_500_000);

  it.each(MODULES)('%s.py', (module) => {
    const outcomes = [
      ...ended.said.matchAll(
        new RegExp(
          `^(test_\\w+) \\(${module}\\.[^)]*\\)[^]*?\\.\\.\\. [^]*?(ok|FAIL|ERROR|skipped.*)$`,
          'gm',
        ),
      ),
    ].map(([, test, outcome]) => ({test, outcome}));
    expect(outcomes.length, ended.said.slice(-6_000)).toBeGreaterThan(0);
    expect(outcomes.filter(({outcome}) => outcome === 'FAIL' || outcome === 'ERROR')).toEqual([]);
  });

  it('ends with code 0', () => {
    expect(ended.code, ended.said.slice(-6_000)).toBe(0);
  });
});

function unittest(
  interpreter: string,
  modules: readonly string[],
): Promise<{code: number | null; said: string}> {
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter, ['-m', 'unittest', '-v', ...modules], {
      cwd: HERE,
      env: {...process.env, PYTHONPATH: TRAINER, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1'},
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => resolve({code, said}));
  });
}
