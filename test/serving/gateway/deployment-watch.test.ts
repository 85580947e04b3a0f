import {expect, test} from 'vitest';
import type {Deployment} from '../../../schemas/deployment.ts';
import type {Release} from '../../../schemas/release.ts';
import {DeploymentWatch, type WatchOptions} from '../../../serving/gateway/deployment-watch.ts';

/** Releases by a letter, as is the adapter of each. */
const ADAPTERS: Readonly<Record<string, string>> = {a: 'x', b: 'x', c: 'y', d: 'z'};

const releaseOf = (letter: string): Release =>
  ({
    v: 1,
    digest: letter.repeat(64),
    adapter: {digest: ADAPTERS[letter]},
    guardrails: {blockPatterns: []},
    transform: {pii: []},
  }) as unknown as Release;

interface Pointer {
  readonly stable: string;
  readonly canary?: string;
  readonly shadow?: string;
  readonly former?: readonly string[];
  /** Where a rollback goes; the last former one by default. */
  readonly back?: string;
}

/** A watch that reads one pointer after another; gives what was made ready, and of which releases the adapter was given up. */
async function follow(...pointers: readonly Pointer[]): Promise<{prepared: string[]; forgotten: string[]}> {
  const prepared: string[] = [];
  const forgotten: string[] = [];
  let current: Deployment | null = null;
  let back: string | null = null;
  const watch = new DeploymentWatch({
    prove: async () => ({status: 'proven', back}),
    project: 'mail',
    key: Buffer.alloc(32),
    intervalMs: 1000,
    stores: {
      pointers: {read: () => Promise.resolve(current)},
      registry: {release: (_project: string, digest: string) => Promise.resolve(releaseOf(digest[0]!))},
    } as unknown as WatchOptions['stores'],
    prepare: ({digest}) => Promise.resolve(void prepared.push(digest[0]!)),
    forget: ({digest}) => Promise.resolve(void forgotten.push(digest[0]!)),
    say: () => undefined,
  });
  for (const [seq, pointer] of pointers.entries()) {
    const {stable, canary, shadow, former = []} = pointer;
    back = (pointer.back ?? former.at(-1))?.repeat(64) ?? null;
    const share = (letter: string | undefined) =>
      letter === undefined ? null : {release: letter.repeat(64), weight: 10};
    current = {
      seq,
      stable: stable.repeat(64),
      why: 'a step of the test',
      canary: share(canary),
      shadow: share(shadow),
      former: former.map((letter) => letter.repeat(64)),
    } as unknown as Deployment;
    await watch.read();
    expect(watch.served?.deployment.seq).toBe(seq);
  }
  return {prepared, forgotten};
}

test('an adapter that nobody has any more is given up', async () => {
  expect(
    await follow({stable: 'a'}, {stable: 'c', former: ['a']}, {stable: 'd', former: ['a', 'c']}),
  ).toEqual({
    prepared: ['a', 'c', 'd'],
    forgotten: ['a'],
  });
});

test('after a rollback the release before it stays, not the one that was rolled back from', async () => {
  const {forgotten} = await follow(
    {stable: 'a'},
    {stable: 'c', former: ['a']},
    {stable: 'd', former: ['a', 'c'], back: 'c'},
    {stable: 'c', former: ['a', 'd'], back: 'a'},
  );
  // a was given up when d became stable, and d when c came back.
  expect(forgotten).toEqual(['a', 'd']);
});

test.each<[string, Pointer]>([
  ['stable', {stable: 'b', former: ['a', 'c']}],
  ['the canary', {stable: 'c', canary: 'b', former: ['a', 'd']}],
  ['the shadow', {stable: 'c', shadow: 'b', former: ['a', 'd']}],
  ['the release that a rollback goes to', {stable: 'c', former: ['a', 'b']}],
])('an adapter that %s has, too, stays where another release leaves', async (_who, last) => {
  // All are ready at first, so that it is the last pointer alone that decides.
  const all = await follow(
    {stable: 'a', canary: 'b'},
    {stable: 'a', canary: 'c', shadow: 'b', former: ['d']},
    last,
  );
  expect(all.forgotten).not.toContain('a');
  expect(all.forgotten).not.toContain('b');
});

test.each<[string, Pointer]>([
  ['stable', {stable: 'c', former: ['d']}],
  ['the canary', {stable: 'd', canary: 'c', former: ['a']}],
  ['the shadow', {stable: 'd', shadow: 'c', former: ['a']}],
  ['the last former stable, where a rollback goes', {stable: 'd', former: ['a', 'c']}],
])('%s keeps its adapter', async (_who, last) => {
  const {forgotten} = await follow({stable: 'a', canary: 'c'}, last);
  expect(forgotten).not.toContain('c');
});

test('a former stable that is not the last one is given up, also where it comes back later', async () => {
  const {prepared, forgotten} = await follow(
    {stable: 'a'},
    {stable: 'c', former: ['a']},
    {stable: 'd', former: ['a', 'c']},
    {stable: 'a', former: ['a', 'c', 'd']},
  );
  expect(forgotten).toEqual(['a', 'c']);
  expect(prepared).toEqual(['a', 'c', 'd', 'a']);
});
