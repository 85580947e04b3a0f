import {globSync} from 'node:fs';
import path from 'node:path';
import {NEEDS_MORE} from '../../test/setup/needs-more.ts';
import {Reach} from './reach.ts';

/** Quick tests that are tried on a mutant, the nearest first; who reaches a file through many others tests something else. */
const MOST_QUICK = 12;
/** Tests with a Temporal server, of a workflow's file: seconds each. */
const MOST_SLOW = 6;
/** They ask where packages and the command lie, which a copy of the tree has elsewhere. */
const NOT_IN_A_COPY = new Set(['test/workflows/bundle.test.ts', 'test/demo/interruption.test.ts']);
/** They need a server and nothing else; of the rest only a file's own test is tried. */
const SERVER_ONLY = /^test\/(workflows|codec|client|stores)\//;

/** A workflow's history is replayed in seconds, whatever file of its code changed. */
const REPLAY = 'test/workflows/replay.test.ts';

/** What every kind of object store must do: seconds, and more telling than the tests of one kind alone. */
const CONFORMANCE = 'test/stores/objects/object-store.test.ts';
const STORE = /^stores\/objects\/[\w-]+-store\.ts$/;

/** For each file, the tests that can tell whether it still does what it did. */
export class TestsOf {
  readonly #reached: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly #slow: ReadonlySet<string>;

  constructor(root: string) {
    const reach = new Reach(root);
    const tests = globSync('test/**/*.test.ts', {cwd: root})
      .filter((test) => !NOT_IN_A_COPY.has(test))
      .sort();
    this.#reached = new Map(tests.map((test) => [test, reach.from(test)]));
    this.#slow = new Set(globSync([...NEEDS_MORE], {cwd: root}));
  }

  /** Quick tests, then those with a server; each by its steps to the file, its own test before all. */
  of(file: string): {readonly quick: readonly string[]; readonly slow: readonly string[]} {
    const own = `test/${file.replace(/\.ts$/, '.test.ts')}`;
    const distance = (test: string): number => {
      if (test === own) return -1;
      const steps = test === REPLAY ? 0 : this.#reached.get(test)!.get(file)!;
      // Of equals, the test of the same folder knows more.
      return steps + (path.dirname(test) === path.dirname(own) ? 0 : 0.5);
    };
    const near = [...this.#reached]
      .filter(([test, reached]) => reached.has(file) || (test === REPLAY && file.startsWith('workflows/')))
      .map(([test]) => test)
      .sort((a, b) => distance(a) - distance(b) || (a < b ? -1 : 1));
    const slow = near.filter((test) => this.#slow.has(test));
    return {
      quick: near.filter((test) => !this.#slow.has(test)).slice(0, MOST_QUICK),
      slow: file.startsWith('workflows/')
        ? slow.filter((test) => SERVER_ONLY.test(test)).slice(0, MOST_SLOW)
        : slow.filter((test) => test === own || (test === CONFORMANCE && STORE.test(file))),
    };
  }
}
