import {defineConfig} from 'vitest/config';
import LongestFirst from './test/setup/longest-first.ts';
import {ISOLATED, NEEDS_MORE} from './test/setup/needs-more.ts';

const globalSetup = ['test/setup/s3.ts'];

const ofWorkflows = (glob: string): boolean => glob.startsWith('test/workflows/');

/** Three workers on two cores: a third of the time such a test waits for other processes. */
const WHOLE = {maxWorkers: 3, globalSetup: ['test/setup/temporal.ts', ...globalSetup]};
/** Once the others are through: these keep both cores busy. */
const QUICK = {maxWorkers: 2, sequence: {groupOrder: 1}};

export default defineConfig({
  test: {
    environment: 'node',
    // Threads crash with native modules (Temporal's core, LanceDB, llama.cpp).
    pool: 'forks',
    sequence: {sequencer: LongestFirst},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          ...QUICK,
          globalSetup,
          include: ['test/**/*.test.ts'],
          exclude: [...NEEDS_MORE, ...ISOLATED],
          // Each file need not load the code anew: it takes longer than to test it.
          isolate: false,
          setupFiles: ['test/setup/no-leaks.ts'],
        },
      },
      {extends: true, test: {name: 'quick-isolated', ...QUICK, include: [...ISOLATED], globalSetup}},
      {
        extends: true,
        test: {
          name: 'whole',
          ...WHOLE,
          include: NEEDS_MORE.filter((glob) => !ofWorkflows(glob)),
        },
      },
      {
        extends: true,
        test: {
          name: 'workflows',
          ...WHOLE,
          include: NEEDS_MORE.filter(ofWorkflows),
          isolate: false,
          setupFiles: ['test/setup/no-leaks.ts'],
        },
      },
    ],
  },
});
