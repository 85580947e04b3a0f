import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {hmacSha256} from '../../../core/identity/hmac.ts';
import {RatchetError} from '../../../schemas/errors.ts';
import {markAmiss, readAccess} from '../../../stores/access/access.ts';
import {sealOf} from '../../../stores/audit/seal.ts';
import {openStores, withRowKey, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {as, person} from '../../people.ts';
import {PROJECT, enter, people, policyFact, policyOfTest} from '../audit/signed-chain.ts';

const ROW_KEY = new Uint8Array(32).fill(7);
const MARK = `access/${PROJECT}.json`;
const eve = person('eve');
const {anna} = people;

let folder: string;
/** Another process each: what one has read the others have not. */
const openedWith = async (rowKey: Uint8Array | undefined): Promise<Stores> =>
  withRowKey(await openStores(pathToFileURL(folder).href), rowKey);
const opened = (): Promise<Stores> => openedWith(ROW_KEY);
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-access-'));
  stores = await opened();
  await enter(stores, policyOfTest());
});
afterEach(() => rm(folder, {recursive: true, force: true}));

interface Mark {
  readonly v: number;
  readonly seq: number;
  readonly hash: string;
  readonly state: {readonly policy: object; readonly policies: readonly object[]};
  readonly seal: string;
}
const readMark = async (): Promise<Mark> =>
  JSON.parse(new TextDecoder().decode((await stores.objects.get(MARK))!.bytes)) as Mark;
const putMark = (mark: object) => stores.objects.put(MARK, canonicalJson(mark));
const admins = async (of: Stores): Promise<string[]> =>
  (await readAccess(of, PROJECT)).history.state
    .policy!.people.filter(({roles}) => roles.includes('admin'))
    .map(({name}) => name);
const entriesRead = async (of: Stores): Promise<number> => {
  let read = 0;
  const chain = of.audit(PROJECT);
  const counting = {
    entry: (seq: number) => chain.entry(seq),
    async *entries(options: {from?: number}) {
      for await (const entry of chain.entries(options)) {
        read += 1;
        yield entry;
      }
    },
  } as typeof chain;
  await readAccess({...of, audit: () => counting}, PROJECT);
  return read;
};

test('a mark saves the next process the reading, and is moved with each policy', async () => {
  await readAccess(stores, PROJECT);
  expect(await readMark()).toMatchObject({v: 2, seq: 0});
  await enter(stores, policyOfTest({rollout: [{setWeight: 100}]}));
  await readAccess(stores, PROJECT);
  expect(await readMark()).toMatchObject({v: 2, seq: 1});
  expect(await entriesRead(await opened())).toBe(0);
  await stores.objects.delete(MARK);
  expect(await entriesRead(await opened())).toBe(2);
});

/** The project's objects, of which one operation fails on the mark. */
const failingAt = (operation: 'put' | 'get', type: 'AccessDenied' | 'Unavailable'): Stores['objects'] =>
  new Proxy(stores.objects, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== 'function') return found;
      if (name !== operation) return found.bind(target) as unknown;
      return (key: string, ...rest: unknown[]) =>
        key === MARK
          ? Promise.reject(new RatchetError(type, 'the store says no'))
          : (Reflect.apply(found, target, [key, ...rest]) as unknown);
    },
  });

test('a mark that cannot be read now is no mark that is not there', async () => {
  await readAccess(stores, PROJECT);
  await expect(admins({...stores, objects: failingAt('get', 'Unavailable')})).rejects.toThrow(
    'the store says no',
  );
});

test('a process that may not write the mark can still read; any other failure is raised', async () => {
  const failing = (type: 'AccessDenied' | 'Unavailable') => failingAt('put', type);
  const reading = (type: Parameters<typeof failing>[0]) => admins({...stores, objects: failing(type)});
  expect(await reading('AccessDenied')).toEqual(['adam']);
  expect(await stores.objects.get(MARK)).toBeNull();
  await expect(reading('Unavailable')).rejects.toThrow('the store says no');
});

test('a forged state makes nobody an admin: with another seal, with none, by the public hash alone', async () => {
  await readAccess(stores, PROJECT);
  const honest = await readMark();
  const policy = {...honest.state.policy, people: [as(eve, 'admin', 'approver', 'operator')]};
  const {seal, ...rest} = honest;
  const state = {...honest.state, policy};
  const {seq, hash} = honest;
  for (const forged of [
    {...rest, v: 1, state},
    {...rest, state},
    {...rest, state, seal},
    {
      ...rest,
      state,
      seal: hmacSha256(new Uint8Array(32), canonicalJson({project: PROJECT, seq, hash, state})),
    },
    // The row key itself is no seal's key: what else is hashed with it forges none.
    {...rest, state, seal: hmacSha256(ROW_KEY, canonicalJson({project: PROJECT, seq, hash, state}))},
  ]) {
    await putMark(forged);
    expect(await admins(await opened())).toEqual(['adam']);
    expect(await admins(await openedWith(new Uint8Array(32).fill(8)))).toEqual(['adam']);
    await putMark(forged);
    expect(await admins(await openedWith(undefined))).toEqual(['adam']);
  }
});

test('a mark that is no mark at all counts as none', async () => {
  await readAccess(stores, PROJECT);
  for (const broken of ['{', '[]', '{"v":2,"seq":"first"}']) {
    await stores.objects.put(MARK, broken);
    expect(await entriesRead(await opened())).toBe(1);
  }
});

test('a mark with a key that this version does not know counts as none, whoever sealed it', async () => {
  await readAccess(stores, PROJECT);
  const honest = await readMark();
  const {seq, hash, state} = honest;
  const more = {...state, policy: {...state.policy, onlyOnWeekdays: true}};
  for (const newer of [
    {...honest, until: '2003-01-01'},
    {
      ...honest,
      state: more,
      seal: sealOf(ROW_KEY, 'access mark', {project: PROJECT, seq, hash, state: more}),
    },
  ]) {
    await putMark(newer);
    expect(await entriesRead(await opened())).toBe(1);
  }
});

test('a seal is of one project, one entry and one hash', async () => {
  await readAccess(stores, PROJECT);
  const honest = await readMark();
  await stores.audit(PROJECT).append({kind: 'drift', actor: 'monitor', data: {}});
  const last = (await stores.audit(PROJECT).last())!;
  const planted = {...honest, state: honest.state};
  for (const moved of [
    {...planted, seq: last.seq},
    {...planted, seq: last.seq, hash: last.hash},
  ]) {
    await putMark(moved);
    expect(await entriesRead(await opened())).toBe(2);
  }
  // As it is sealed for the next project of the same key, whose chain ends in the same entry.
  const other = await opened();
  await stores.objects.put('access/other.json', canonicalJson(honest));
  expect((await readAccess(other, 'other')).history.state.policy).toBeNull();
});

test('a process without the row key reads the chain, and writes no mark', async () => {
  await stores.objects.delete(MARK);
  expect(await entriesRead(await openedWith(undefined))).toBe(1);
  expect(await stores.objects.head(MARK)).toBeNull();
});

test('a chain that no longer holds what was sealed is a break, and what a process has read it does not forget', async () => {
  await readAccess(stores, PROJECT);
  for (const prefix of ['audit/', 'audit-head/'])
    for await (const key of stores.objects.list(prefix)) await stores.objects.delete(key);
  const forged = policyOfTest({people: [as(eve, 'admin'), as(anna, 'approver')]});
  await stores.audit(PROJECT).append(policyFact(forged, null));
  await expect(readAccess(stores, PROJECT)).rejects.toMatchObject({
    type: 'NotPermitted',
    message: expect.stringMatching(
      /no longer holds entry 0 as this process read it: it was cut or rewritten/,
    ) as string,
  });
  const another = await opened();
  expect(await markAmiss(another, PROJECT)).toMatchObject({seq: 0});
  expect((await verifyAudit(another, PROJECT)).breaks).toEqual([
    {
      seq: 0,
      reason: `it is not the one that stood there when ${MARK} was sealed: the chain was cut or rewritten`,
    },
  ]);
  // Nobody is locked out by a mark that does not fit: the chain is what counts, and audit verify says what happened.
  expect(await admins(another)).toEqual(['eve']);
});
