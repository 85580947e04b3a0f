import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import path from 'node:path';
import {beforeAll, describe, expect, it} from 'vitest';
import {
  environmentVariables,
  isComplete,
  resolveEnvironment,
  trainerExtraFolder,
} from '../../launcher/environment.js';

const HERE = import.meta.dirname;
const TRAINER = path.join(HERE, '../../trainer');
const MODULES = readdirSync(HERE)
  .filter((name) => /^test_\w+\.py$/.test(name))
  .map((name) => name.replace('.py', ''));
const environment = resolveEnvironment();
const {python, testPython, cache} = environment;
const WITHOUT =
  'skipped, there is no trainer environment: `npm test` makes one, or RATCHET_PYTHON names a Python';
const HAS_TRACKING =
  testPython !== undefined &&
  (['mlflow', 'wandb'] as const).every((extra) => isComplete(trainerExtraFolder(cache, extra)));

/** What unittest said of one test: `ok`, `FAIL`, `ERROR`, or `skipped` with the reason. */
interface Outcome {
  module: string;
  test: string;
  outcome: string;
  reason: string | undefined;
}

/** One process for all: importing torch takes longer than most of the tests. */
describe.skipIf(python === undefined)(`the trainer's own tests${python ? '' : ` (${WITHOUT})`}`, () => {
  let ended: {code: number | null; said: string};
  let outcomes: Outcome[];
  beforeAll(async () => {
    ended = await unittest(python!, MODULES);
    outcomes = outcomesIn(ended.said);
    const summary = /^Ran \d+ tests in .*$/m.exec(ended.said)?.[0] ?? 'no test ran';
    const skipped = outcomes.filter(({outcome}) => outcome === 'skipped');
    console.log(
      [
        `Python: ${summary}, exit code ${ended.code}, ${skipped.length} skipped`,
        ...skipped.map(({module, test, reason}) => `  skipped: ${module}.${test}: ${reason}`),
      ].join('\n'),
    );
  }, 1_500_000);

  it.each(MODULES)('%s.py', (module) => {
    const here = outcomes.filter((one) => one.module === module);
    expect(here.length, ended.said.slice(-6_000)).toBeGreaterThan(0);
    expect(here.filter(({outcome}) => outcome === 'FAIL' || outcome === 'ERROR')).toEqual([]);
  });

  it.skipIf(!HAS_TRACKING)('skips nothing of tracking where its packages and a server are installed', () => {
    expect(
      outcomes.filter(({module, outcome}) => module === 'test_tracking' && outcome === 'skipped'),
    ).toEqual([]);
  });

  it('ends with code 0', () => {
    expect(ended.code, ended.said.slice(-6_000)).toBe(0);
  });
});

/** Of `unittest -v`, whose tests may write lines of their own before their outcome. */
function outcomesIn(said: string): Outcome[] {
  const pattern =
    /^(test_\w+) \((\w+)\.[^)]*\)[^]*?\.\.\. [^]*?(?:(ok|FAIL|ERROR)|(skipped) (['"])(.*)\5)$/gm;
  return [...said.matchAll(pattern)].map(([, test, module, ran, skipped, , reason]) => ({
    module: module!,
    test: test!,
    outcome: ran ?? skipped!,
    reason,
  }));
}

function unittest(
  interpreter: string,
  modules: readonly string[],
): Promise<{code: number | null; said: string}> {
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter, ['-m', 'unittest', '-v', ...modules], {
      cwd: HERE,
      env: {
        ...process.env,
        ...environmentVariables(environment),
        PYTHONPATH: TRAINER,
        PYTHONDONTWRITEBYTECODE: '1',
        // As a run sets them itself before it imports torch.
        OMP_NUM_THREADS: '1',
        OMP_WAIT_POLICY: 'PASSIVE',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => resolve({code, said}));
  });
}
