import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {keepStage, resolveStage} from '../../../activities/stage/activities.ts';
import {gauntletWorld, madeRows} from './gauntlet-world.ts';
import {scriptedEngine, type Script} from './scripted-engine.ts';

const base: Script = {choose: () => ' ham', write: () => ' the', nll: 5};

it('a gauntlet of which samples are gone is not found', async () => {
  const engine = await scriptedEngine(base, base);
  const rows = madeRows({train: 6, validation: 6, golden: 6, traffic: 0});
  const world = await gauntletWorld({engines: [engine.url], rows});
  const {release, stable} = {release: world.base.digest, stable: world.base.digest};
  const inputs = {release, stable, dataset: world.version.digest};
  const request = world.request(inputs);
  const {result, report} = await world.run(inputs);
  const {key} = await resolveStage(request, world.context);
  await keepStage({request, key, result}, world.context);
  expect((await resolveStage(request, world.context)).hit).toEqual(result);
  await rm(join(world.context.folder, 'store', report.samples.candidate.uri));
  expect((await resolveStage(request, world.context)).hit).toBeNull();
  await engine.close();
  await world.remove();
});
