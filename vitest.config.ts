import {defineConfig} from 'vitest/config';
import LongestFirst from './test/setup/longest-first.ts';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/temporal.ts', 'test/setup/s3.ts'],
    // Threads crash with native modules (Temporal's core, LanceDB, llama.cpp); two workers fit two cores.
    pool: 'forks',
    maxWorkers: 2,
    sequence: {sequencer: LongestFirst},
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
