import {mkdir, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {baseRelease} from '../../../core/releases/compose.ts';
import {stageKey} from '../../../activities/stage/key.ts';
import {basePath} from '../../../activities/train/base-path.ts';
import {renderTrainingSet} from '../../../activities/train/render-training-set.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {baseOf} from '../../../schemas/task-models.ts';
import {Release} from '../../../schemas/release.ts';
import {resolveProject} from '../../../models/resolve-project.ts';
import {hubStandIn, READER, tinyModelFiles, type HubStandIn} from '../../models/hub-stand-in.ts';
import {gauntletWorld, quiet} from '../gauntlet/gauntlet-world.ts';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const ID = 'org/tiny';

let hub: HubStandIn;
let world: Awaited<ReturnType<typeof gauntletWorld>>;
beforeAll(async () => {
  world = await gauntletWorld({engines: []});
  hub = await hubStandIn({
    [ID]: {
      revisions: {main: FIRST},
      commits: {[FIRST]: tinyModelFiles('first'), [SECOND]: tinyModelFiles('second')},
    },
  });
  vi.stubEnv('RATCHET_CACHE', path.join(world.context.folder, 'cache'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', READER);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await world.remove();
});

/** The project as a run would see it now, its first task in the model's chat template. */
function resolved(base: Partial<typeof world.config.base_model> = {}) {
  const {triage} = world.config.tasks;
  const config = {
    ...world.config,
    base_model: {name: 'smollm2-135m-instruct', kind: 'hf' as const, path: ID, ...base},
    tasks: {triage: {...triage!, format: 'chat' as const}},
  };
  return resolveProject(world.stores.artifacts, config, {
    folder: world.context.folder,
    defaultModel: undefined,
  });
}

describe('a base model named by its id', () => {
  test('is the commit that its revision names when the run begins', async () => {
    const {resolved: one} = await resolved();
    expect(one.base).toEqual({
      name: ID,
      kind: 'hf',
      sha256: sha256Hex(`hf:${ID}@${FIRST}`),
      hub: {id: ID, commit: FIRST},
    });
    expect(await basePath({base: baseOf(one), base_model: one.config.base_model}, world.context)).toEqual({
      kind: 'hf',
      path_or_id: ID,
      revision: FIRST,
    });
    expect(baseOf((await resolved({name: 'my-base'})).resolved).name).toBe('my-base');
  });

  test('is another one after a push, with other keys and another release; a pinned commit stays', async () => {
    const request = world.request({dataset: world.version.digest});
    const named = async (base: Parameters<typeof resolved>[0] = {}) => {
      const {resolved: one} = await resolved(base);
      const release = baseRelease(one);
      expect(Release.parse(release)).toEqual(release);
      return {train: stageKey({...request, stage: 'train'}, one), release: release.digest};
    };
    const before = await named();
    const pinned = await named({revision: FIRST});
    expect(await named()).toEqual(before);
    hub.repositories[ID] = {...hub.repositories[ID]!, revisions: {main: SECOND}};
    const after = await named();
    hub.repositories[ID] = {...hub.repositories[ID], revisions: {main: FIRST}};
    expect(after.train).not.toBe(before.train);
    expect(after.release).not.toBe(before.release);
    expect(pinned).toEqual(before);
    expect(await named({revision: FIRST})).toEqual(before);
  });

  test('is rendered with its own chat template, out of the cache', async () => {
    const {ref} = await resolved();
    hub.asked.length = 0;
    const set = await renderTrainingSet(
      {request: {...world.request({dataset: world.version.digest}), stage: 'train', resolved: ref}},
      world.context,
      quiet(),
    );
    expect(hub.asked).toEqual([]);
    const [line] = Buffer.from(await world.stores.artifacts.getBytes(set.train))
      .toString()
      .split('\n');
    expect((JSON.parse(line!) as {prompt: string}).prompt).toMatch(
      /^first<\|im_start\|>user\nSubject: \w+ number[^]*Answer:<\|im_end\|>\n<\|im_start\|>assistant\n$/,
    );
  });

  test('is a folder where one of that name lies, and that has no revisions', async () => {
    await mkdir(path.join(world.context.folder, ID), {recursive: true});
    await writeFile(path.join(world.context.folder, ID, 'config.json'), '{}');
    const {resolved: one} = await resolved();
    expect(one.base).toMatchObject({kind: 'hf', name: 'smollm2-135m-instruct'});
    expect(baseOf(one).hub).toBeUndefined();
    const folder = path.join(world.context.folder, ID);
    expect(await basePath({base: baseOf(one), base_model: one.config.base_model}, world.context)).toEqual({
      kind: 'hf',
      path_or_id: folder,
    });
    await expect(resolved({revision: 'main'})).rejects.toMatchObject({
      type: 'InvalidInput',
      message: `base_model.revision: expected none, as base_model.path names ${folder}, got "main"`,
    });
    await rm(path.join(world.context.folder, 'org'), {recursive: true});
  });

  test('that the Hub does not know ends the start of a run', async () => {
    await expect(resolved({path: 'org/none'})).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('has no model org/none'),
    });
  });
});
