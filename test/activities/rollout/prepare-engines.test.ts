import {writeFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import type {ActivityContext} from '../../../activities/context.ts';
import {prepareEngines} from '../../../activities/rollout/prepare-engines.ts';
import type {ReleaseV1} from '../../../schemas/release.ts';
import {startEngine, type EngineProcess} from '../../serving/engine/engine-process.ts';
import {KEY, projectStore, type ProjectStore} from '../../serving/project-store.ts';
import {quiet} from '../gauntlet/gauntlet-world.ts';

let store: ProjectStore;
let engine: EngineProcess;
let context: ActivityContext;
beforeAll(async () => {
  store = await projectStore();
  engine = await startEngine('--context', '256');
  context = {
    project: 'mail',
    folder: store.folder,
    stores: store.stores,
    rowKey: KEY,
    engines: [engine.url],
    file: fileURLToPath(new URL('../../../examples/mail/ratchet.yaml', import.meta.url)),
    adapterFolder: join(store.folder, 'adapters'),
    jobFolder: join(store.folder, 'jobs'),
    client: () => Promise.reject(new Error('no Temporal in here')),
    environment: {trainer: '', trainerThreads: 1},
  };
}, 120_000);
afterAll(async () => {
  await engine.stop();
  await store.remove();
});

const served = async () => (await engine.get('/v1/models')).data.map(({id}) => id);
const prepare = ({digest}: ReleaseV1, change: Partial<ActivityContext> = {}) =>
  prepareEngines({project: 'mail', release: digest}, {...context, ...change}, quiet());

it('loads a release on every engine, and proves that it answers', async () => {
  const tuned = await store.release({adapter: await store.adapter({seed: 1, layers: 6})});
  const model = `mail@${tuned.adapter!.digest.slice(0, 12)}`;
  expect(await prepare(tuned)).toEqual({model, engines: 1});
  expect(await served()).toContain(model);
});

it('an adapter that was exchanged in the store is refused, and no engine gets it', async () => {
  const {adapter} = await store.release({adapter: await store.adapter({seed: 2, layers: 1})});
  const other = await store.adapter({seed: 3, layers: 1});
  expect(other.gguf!.bytes).toBe(adapter!.gguf!.bytes);
  await writeFile(
    join(store.folder, 'store', adapter!.gguf!.uri),
    await store.stores.artifacts.getBytes(other.gguf!),
  );
  const before = await served();
  await expect(prepare(await store.release({adapter}))).rejects.toMatchObject({
    type: 'DigestMismatch',
    message: expect.stringContaining('restore it, or delete it and run again') as string,
  });
  expect(await served()).toEqual(before);
});

it('an adapter that changes nothing does not count as served', async () => {
  const idle = await store.release({adapter: await store.adapter({seed: 4, layers: 1, scale: 0})});
  await expect(prepare(idle)).rejects.toMatchObject({type: 'AdapterNotServed'});
});

it('a release that is not in the store, and a worker without engines, say what is missing', async () => {
  const base = await store.release();
  await expect(prepare({...base, digest: 'e'.repeat(64)})).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(/^no release starts with e{64}/) as string,
  });
  await expect(prepare(base, {engines: []})).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('RATCHET_ENGINES') as string,
  });
});
