import {expect, it} from 'vitest';
import {auditOnce} from '../../../activities/approval/audit-once.ts';
import type {AuditChain, AuditFact} from '../../../stores/audit/audit.ts';
import {storesOver} from '../../../stores/stores.ts';
import {MemoryStore} from '../../stores/memory-store.ts';

const fact = {project: 'post', kind: 'drift', actor: 'monitor', once: 'drift/1', data: {n: 1}};
const entered = (change: Partial<AuditFact> = {}): AuditFact => ({
  kind: 'drift',
  actor: 'monitor',
  data: {n: 2, once: 'drift/1'},
  ...change,
});
const started = () => {
  const stores = storesOver(new MemoryStore());
  return {stores, chain: stores.audit('post')};
};
/** The same stores, where another process appends this just before the first append. */
function beside({stores, chain}: ReturnType<typeof started>, other: AuditFact): typeof stores {
  let first = true;
  const append: AuditChain['append'] = async (...given) => {
    if (first) await chain.append(other);
    first = false;
    return chain.append(...given);
  };
  const audit = () =>
    ({
      project: 'post',
      entries: (from) => chain.entries(from),
      entry: (seq) => chain.entry(seq),
      append,
    }) as AuditChain;
  return {...stores, audit};
}

it('a fact is appended once, whoever tries again', async () => {
  const {stores, chain} = started();
  const [first, again] = [await auditOnce(stores, fact), await auditOnce(stores, {...fact, data: {n: 3}})];
  expect(again).toEqual(first);
  expect((await chain.last())!.seq).toBe(0);
});

it('whatever date an entry between them names', async () => {
  const {stores, chain} = started();
  const first = await auditOnce(stores, fact);
  await chain.append({kind: 'note', actor: 'otto', data: {}, at: '1970-01-01T00:00:00.000Z'});
  // Another process, which has read nothing yet.
  expect(await auditOnce({...stores, objects: new MemoryStore()}, fact)).toEqual(first);
});

it('an entry of another kind, or one that proves nothing, is not the fact', async () => {
  const {stores, chain} = started();
  await chain.append(entered({kind: 'note'}));
  await chain.append({kind: 'decision', actor: 'eve', data: {once: 'drift/1'}});
  expect((await auditOnce(stores, fact)).seq).toBe(2);
  expect((await auditOnce(stores, {...fact, kind: 'decision'})).seq).toBe(3);
});

it('what another process appends meanwhile is the fact, if it is of its kind', async () => {
  const one = started();
  expect(await auditOnce(beside(one, entered()), fact)).toMatchObject({seq: 0, data: {n: 2}});
  const two = started();
  expect(await auditOnce(beside(two, entered({kind: 'note'})), fact)).toMatchObject({seq: 1, data: {n: 1}});
});
