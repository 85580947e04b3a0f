import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {openStores, type Stores} from '../../stores/stores.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-stores-'));
  stores = await openStores(join(folder, 'store'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

test('a folder passes the probe', async () => {
  await stores.objects.probe();
});

describe('artifacts', () => {
  test('lines come back as they went in', async () => {
    const {ref, lines} = await stores.artifacts.putLines([{b: 1, a: 'ä'}, {b: 2}]);
    expect(lines).toBe(2);
    const back: unknown[] = [];
    for await (const line of stores.artifacts.lines(ref, z.unknown())) back.push(line);
    expect(back).toEqual([{a: 'ä', b: 1}, {b: 2}]);
  });

  test('damaged bytes are refused', async () => {
    const ref = await stores.artifacts.putJson({a: 1});
    await writeFile(join(folder, 'store', ref.uri), '{"a":2}');
    await expect(stores.artifacts.getBytes(ref)).rejects.toMatchObject({name: 'DigestMismatch'});
  });
});

describe('pointers', () => {
  test('every move has its audit entry, and back is only to a former stable', async () => {
    await stores.pointers.bootstrap('mail', A, {by: 'setup', why: 'the bare base'});
    const moved = await stores.pointers.move('mail', () => ({
      move: {stable: B, canary: null, shadow: null, by: 'rollout', why: 'promoted'},
    }));
    expect(moved).toMatchObject({status: 'moved', deployment: {seq: 1, stable: B, former: [A]}});
    const refused = await stores.pointers.rollback('mail', 'c'.repeat(64), {by: 'me', why: 'no'});
    expect(refused.status).toBe('refused');
    const back = await stores.pointers.rollback('mail', A.slice(0, 8), {by: 'me', why: 'worse'});
    expect(back).toMatchObject({status: 'moved', deployment: {seq: 2, stable: A, former: [B]}});
    const kinds: string[] = [];
    for await (const entry of stores.audit('mail').entries()) kinds.push(entry.kind);
    expect(kinds).toEqual(['bootstrap', 'pointer', 'rollback']);
    expect(await stores.audit('mail').verify()).toMatchObject({entries: 3, breaks: []});
  });
});
