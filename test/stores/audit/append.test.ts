import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {AuditChain, type AuditFact} from '../../../stores/audit/audit.ts';
import {MemoryStore, type Gate} from '../memory-store.ts';

const HEAD = 'audit-head/post.json';
const fact = (actor: string): AuditFact => ({kind: 'note', actor, data: {}});

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => {
  vi.useRealTimers();
});
const chain = (gate?: Gate): AuditChain => new AuditChain(gate ? store.through(gate) : store, 'post');
const headOf = async (): Promise<unknown> =>
  JSON.parse(Buffer.from((await store.get(HEAD))!.bytes).toString('utf8'));

const textOf = (key: string): string => Buffer.from(store.objects.get(key)!.bytes).toString('utf8');

/** Lets pauses pass at once. */
function hurry(): void {
  vi.useFakeTimers({toFake: ['setTimeout']});
  vi.setTimerTickMode('nextTimerAsync');
}

describe('an entry that is written', () => {
  test('is appended though its head cannot be moved: others keep moving it', async () => {
    hurry();
    await chain().append(fact('anna'));
    let moves = 0;
    const busy = chain((what, key, when) => {
      if (what !== 'put' || key !== HEAD || when !== 'before' || ++moves > 600) return;
      // As it was, and another version of it all the same.
      return store.put(HEAD, store.objects.get(HEAD)!.bytes).then(() => {});
    });
    expect(await busy.append(fact('ben'))).toMatchObject({seq: 1, actor: 'ben'});
    expect(moves).toBe(500);
    expect(await headOf()).toMatchObject({seq: 0});
    // The next one finds the end behind the head.
    expect(await chain().append(fact('carl'))).toMatchObject({seq: 2});
    expect(await headOf()).toMatchObject({seq: 2});
    expect(await chain().verify()).toMatchObject({entries: 3, breaks: []});
  });

  test('leaves a head that names a later one as it is', async () => {
    const late = chain((what, key, when) => {
      if (what !== 'put' || !key.endsWith('000000000000.json') || when !== 'after') return;
      return chain()
        .append(fact('ben'))
        .then(() => {});
    });
    expect(await late.append(fact('anna'))).toMatchObject({seq: 0});
    expect(await headOf()).toMatchObject({seq: 1});
    expect(await chain().verify()).toMatchObject({entries: 2, breaks: []});
  });
});

test('a chain that grows under each of many attempts is said to, and the entry is not written', async () => {
  hurry();
  await chain().append(fact('anna'));
  let others = 0;
  const outrun = chain((what, key, when) => {
    if (what !== 'put' || !key.startsWith('audit/') || when !== 'before' || others === 600) return;
    others += 1;
    return chain()
      .append(fact('ben'))
      .then(() => {});
  });
  await expect(outrun.append(fact('carl'))).rejects.toMatchObject({
    name: 'PointerConflict',
    message: 'the audit chain of post in memory:/// grew under each of 500 attempts: try again',
  });
  expect(await chain().verify()).toMatchObject({entries: 501, breaks: []});
  expect(await chain().last()).toMatchObject({actor: 'ben'});
});

test.each([
  ['one by one', undefined],
  ['many at a time', async (keys: readonly string[]) => keys.map((key) => textOf(key))],
])('a chain is read whole and in order, however the store gives it: %s', async (_, getTexts) => {
  for (let n = 0; n < 300; n += 1) await chain().append(fact(`${n}`));
  const reader = new AuditChain(Object.assign(store.copy(), getTexts && {getTexts}), 'post');
  for (const from of [0, 1, 43, 44, 45, 299, 300]) {
    const read = await Array.fromAsync(reader.entries({from}));
    expect(read.map(({actor}) => actor)).toEqual(Array.from({length: 300 - from}, (_, n) => `${from + n}`));
  }
});
