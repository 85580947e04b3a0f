import {defineConfig} from 'vitest/config';
import LongestFirst from './test/setup/longest-first.ts';
import {ISOLATED, ISOLATED_WHOLE, NEEDS_MORE} from './test/setup/needs-more.ts';

const globalSetup = ['test/setup/s3.ts'];

/** Three workers on two cores: a third of the time such a test waits for other processes. */
const WHOLE = {maxWorkers: 3, globalSetup: ['test/setup/temporal.ts', ...globalSetup]};
/** Once the others are through: these keep both cores busy. */
const QUICK = {maxWorkers: 2, sequence: {groupOrder: 1}, globalSetup};
/** Each file need not load the code anew: it takes a second or two, longer than most files take to test it. */
const SHARED = {isolate: false, setupFiles: ['test/setup/no-leaks.ts']};

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
          ...SHARED,
          include: ['test/**/*.test.ts'],
          exclude: [...NEEDS_MORE, ...ISOLATED],
        },
      },
      {extends: true, test: {name: 'quick-isolated', ...QUICK, include: [...ISOLATED]}},
      {
        extends: true,
        test: {name: 'whole', ...WHOLE, ...SHARED, include: [...NEEDS_MORE], exclude: [...ISOLATED_WHOLE]},
      },
      {extends: true, test: {name: 'whole-isolated', ...WHOLE, include: [...ISOLATED_WHOLE]}},
    ],
  },
});
