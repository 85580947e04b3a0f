import path from 'node:path';
import {createVitest, type Reporter, type TestModule, type Vitest} from 'vitest/node';

/** What the runner is asked: a file that changed since, and the tests to run until one fails. */
export interface MutantJob {
  readonly changed: string;
  readonly tests: readonly string[];
}

/** The test that failed first, if one did. */
export interface MutantOutcome {
  readonly failed: {readonly file: string; readonly test: string; readonly message: string} | null;
}

/**
 * A vitest that stays warm from mutant to mutant, in a process of its own: a mutant that never ends is ended with it. The
 * argument is the scratch copy's folder.
 */
const root = process.argv[2]!;
let failed: MutantOutcome['failed'] = null;
/** What changed before: it has been put back since, and the mutant must not stay in memory. */
let former = '';
/** The vitest that stays keeps the results of earlier runs; what is reported is of this one. */
const reporter: Reporter = {
  onTestCaseResult(test) {
    const {state, errors} = test.result();
    if (state === 'failed') fail(test.module, test.fullName, errors);
  },
  onTestModuleEnd(module) {
    if (module.state() === 'failed') fail(module, '', module.errors());
  },
  onTestRunEnd(_, errors) {
    if (errors.length > 0) fail(undefined, '', errors);
  },
};
const vitest = await start();
process.on('message', ({changed, tests}: MutantJob) => {
  void run(changed, tests).then(
    (answer) => process.send!(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');

function fail(
  module: TestModule | undefined,
  test: string,
  errors: readonly {readonly message?: string}[] | undefined,
): void {
  const file = module === undefined ? '' : path.relative(root, module.moduleId);
  failed ??= {file, test, message: errors?.[0]?.message ?? ''};
}

async function start(): Promise<Vitest> {
  process.chdir(root);
  const started = await createVitest('test', {
    root,
    config: path.join(root, 'vitest.config.ts'),
    watch: false,
    bail: 1,
    // One test after the other: the first that fails ends the mutant.
    maxWorkers: 1,
    reporters: [reporter],
    passWithNoTests: true,
  });
  await started.standalone();
  return started;
}

async function run(changed: string, tests: readonly string[]): Promise<MutantOutcome> {
  failed = null;
  for (const file of [former, changed]) vitest.invalidateFile(path.join(root, file));
  former = changed;
  const specifications = tests.flatMap((test) => vitest.getModuleSpecifications(path.join(root, test)));
  await vitest.runTestSpecifications(specifications);
  return {failed};
}
