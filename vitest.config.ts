import {defineConfig} from 'vitest/config';
import LongestFirst from './test/setup/longest-first.ts';
import {ISOLATED, NEEDS_MORE} from './test/setup/needs-more.ts';

const globalSetup = ['test/setup/s3.ts'];

export default defineConfig({
  test: {
    environment: 'node',
    // Threads crash with native modules (Temporal's core, LanceDB, llama.cpp); two workers fit two cores.
    pool: 'forks',
    maxWorkers: 2,
    sequence: {sequencer: LongestFirst},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          globalSetup,
          include: ['test/**/*.test.ts'],
          exclude: [...NEEDS_MORE, ...ISOLATED],
          // Each file need not load the code anew: it takes longer than to test it.
          isolate: false,
          setupFiles: ['test/setup/no-leaks.ts'],
        },
      },
      {extends: true, test: {name: 'quick-isolated', include: [...ISOLATED], globalSetup}},
      {
        extends: true,
        test: {
          name: 'whole',
          include: [...NEEDS_MORE],
          globalSetup: ['test/setup/temporal.ts', ...globalSetup],
        },
      },
    ],
  },
});
