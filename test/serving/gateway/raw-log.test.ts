import {afterEach, beforeEach, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import {RawLog, readRaw, type RawLogOptions} from '../../../serving/gateway/raw-log.ts';
import {fakeEngine} from './fake-engine.ts';
import {KEY, PROJECT, projectStore, type ProjectStore} from '../project-store.ts';
import {testGateway} from './running-gateway.ts';

let store: ProjectStore;
beforeEach(async () => {
  store = await projectStore();
});
afterEach(() => store.remove());

const HOUR = 3_600_000;
const at = Date.UTC(2002, 11, 3, 11, 46, 36);
const id = (time: number, n = 0) => traceId(time, Buffer.alloc(12, n));
const log = (more: Partial<RawLogOptions> = {}) =>
  new RawLog({
    objects: store.stores.objects,
    project: PROJECT,
    key: KEY,
    lifetimeMs: 24 * HOUR,
    limit: 10,
    limitBytes: 100_000,
    ...more,
  });
async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.stores.objects.list('raw/')) keys.push(key);
  return keys;
}

test('is unreadable without the key, and readable with it', async () => {
  const raw = log();
  const exchange = {
    id: id(at),
    messages: [{role: 'user', content: 'I am anna@example.com'}],
    output: 'Hello Anna',
  };
  raw.add(exchange);
  raw.add({...exchange, id: id(at, 1)});
  await raw.flush();
  const [key] = await stored();
  expect(key).toMatch(/^raw\/mail\/2002\/12\/03\/11\/[0-9a-f]{16}\.bin$/);
  const {bytes} = (await store.stores.objects.get(key!))!;
  expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/anna|Hello/i);
  expect(await readRaw(store.stores.objects, PROJECT, KEY, exchange.id)).toEqual(exchange);
  expect(await readRaw(store.stores.objects, PROJECT, KEY, id(at, 9))).toBeNull();
  await expect(
    readRaw(store.stores.objects, PROJECT, Buffer.alloc(32, 1), exchange.id),
  ).rejects.toMatchObject({
    type: 'DigestMismatch',
  });
  // Authenticated with its place: the same bytes elsewhere do not open.
  await store.stores.objects.put(key!.replace('/11/', '/12/'), bytes);
  await expect(readRaw(store.stores.objects, PROJECT, KEY, id(at + HOUR))).rejects.toMatchObject({
    type: 'DigestMismatch',
  });
});

test('is deleted when its lifetime is over, and not before', async () => {
  const raw = log();
  for (const time of [at - 30 * HOUR, at - 25 * HOUR, at - 23 * HOUR, at])
    raw.add({id: id(time), messages: [], output: 'x'});
  await raw.flush();
  expect(await stored()).toHaveLength(4);
  expect(await raw.sweep(at)).toBe(2);
  expect(await readRaw(store.stores.objects, PROJECT, KEY, id(at - 23 * HOUR))).not.toBeNull();
  expect(await raw.sweep(at)).toBe(0);
});

test('keeps the newest while the store is away, so many and so much', async () => {
  let away = true;
  const {objects} = store.stores;
  const unreliable: typeof objects = Object.assign(Object.create(objects) as typeof objects, {
    put: (...of: Parameters<typeof objects.put>) =>
      away ? Promise.reject(new Error('the store is away')) : objects.put(...of),
  });
  for (const [options, kept] of [
    [{limit: 3}, [3, 4, 5]],
    [{limitBytes: 2500}, [4, 5]],
  ] as const) {
    away = true;
    const raw = log({...options, objects: unreliable});
    for (const n of [1, 2, 3]) raw.add({id: id(at + n * HOUR, n), messages: [], output: 'x'.repeat(1000)});
    const failed = raw.flush();
    expect(raw.flush()).toBe(failed);
    raw.add({id: id(at, 4), messages: [], output: 'x'.repeat(1000)});
    await expect(failed).rejects.toThrow('the store is away');
    raw.add({id: id(at, 5), messages: [], output: 'x'.repeat(1000)});
    away = false;
    await raw.flush();
    const found = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => readRaw(objects, PROJECT, KEY, id(at + (n < 4 ? n * HOUR : 0), n))),
    );
    expect(found.flatMap((one, i) => (one === null ? [] : [i + 1]))).toEqual(kept);
    for (const key of await stored()) await objects.delete(key);
  }
});

test('is kept by the gateway only where the project asks for it', async () => {
  const engine = await fakeEngine();
  await store.deploy(await store.release());
  const quiet = await testGateway(store, [engine]);
  await quiet.chat({});
  await quiet.stop();
  expect(await stored()).toEqual([]);
  const loud = await testGateway(store, [engine], {rawLifetimeMs: HOUR});
  const {trace} = await loud.chat({});
  await loud.stop();
  await engine.kill();
  expect(await readRaw(store.stores.objects, PROJECT, KEY, trace!)).toMatchObject({
    messages: [{content: expect.stringContaining('ben@example.com')}],
    output: ' ham',
  });
});
