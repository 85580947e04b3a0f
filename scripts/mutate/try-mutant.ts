import type {MutantOutcome} from './runner.ts';
import type {Scratch} from './scratch.ts';
import {mutated, type Site} from './sites.ts';
import type {Warm} from './warm.ts';

/** `by`: the test that killed it, the tests that it survived, or the reason why it may. */
export interface Outcome {
  readonly as: 'killed' | 'timeout' | 'survived' | 'allowed';
  readonly by: string;
  readonly seconds: number;
}

/** How many of the nearest tests run first: most mutants are killed by them. */
const FIRST = 3;
/** Of each test of a batch: a quick one takes a second or two, and a busy machine many times as long. */
const QUICK_MS = 60_000;
const SLOW_MS = 300_000;

/** Tests that failed without a mutant, which say nothing about one. */
const unfit = new Set<string>();
/** Tests that passed without a mutant. */
const sound = new Set<string>();

/** Runs the tests of a mutant's file, the nearest first, until one fails. Leaves the scratch copy as it was. */
export async function tryMutant(of: {
  readonly site: Site;
  readonly text: string;
  readonly tests: {readonly quick: readonly string[]; readonly slow: readonly string[]};
  readonly scratch: Scratch;
  readonly warm: Warm;
}): Promise<Outcome> {
  const {site, text, tests, scratch, warm} = of;
  const began = performance.now();
  const ended = (as: Outcome['as'], by: string): Outcome => ({
    as,
    by,
    seconds: (performance.now() - began) / 1_000,
  });
  const batches = [
    tests.quick.slice(0, FIRST),
    tests.quick.slice(FIRST),
    ...tests.slow.map((test) => [test]),
  ];
  try {
    for (const batch of batches) {
      for (;;) {
        const left = batch.filter((test) => !unfit.has(test));
        if (left.length === 0) break;
        scratch.write(site.file, mutated(text, site));
        const ms = left.some((test) => tests.slow.includes(test)) ? SLOW_MS : left.length * QUICK_MS;
        const answer = await warm.run({changed: site.file, tests: left}, ms);
        if (answer === 'timeout') return ended('timeout', left.join(', '));
        const {failed} = answer;
        if (failed === null) break;
        if (await fails(failed, of)) continue;
        return ended('killed', `${failed.file}: ${failed.test || failed.message.split('\n')[0]}`);
      }
    }
    return ended('survived', tests.quick.slice(0, FIRST).join(', ') || 'no test reaches it');
  } finally {
    scratch.write(site.file, text);
  }
}

/** Whether the test fails without the mutant, too; then it is not asked again. */
async function fails(
  {file}: NonNullable<MutantOutcome['failed']>,
  of: Parameters<typeof tryMutant>[0],
): Promise<boolean> {
  // An error outside of any test names no file.
  if (file === '' || sound.has(file)) return false;
  of.scratch.write(of.site.file, of.text);
  const answer = await of.warm.run({changed: of.site.file, tests: [file]}, SLOW_MS);
  const passed = answer !== 'timeout' && answer.failed === null;
  (passed ? sound : unfit).add(file);
  if (!passed)
    process.stderr.write(
      `mutate: ${file} fails without a mutant${answer === 'timeout' ? '' : ` (${answer.failed?.message.split('\n')[0]})`}: not used\n`,
    );
  return !passed;
}
