import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {keepStage, resolveStage} from '../../../activities/stage/activities.ts';
import {Provenance} from '../../../schemas/dataset.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {sentence, Workbench, type Curated} from '../curate/workbench.ts';

const SETTINGS = {
  sources: [{name: 'notes', uri: 'file:notes.jsonl', format: 'jsonl', fields: {id: 'id', label: 'class'}}],
};

let bench: Workbench;
let made: Curated;
let request: StageRequest;
let key: string;
beforeAll(async () => {
  bench = await Workbench.open();
  const notes = Array.from({length: 30}, (_, i) => ({id: `n${i}`, text: sentence(i), class: 'ham'}));
  await bench.jsonl('notes.jsonl', notes);
  made = await bench.curate(SETTINGS);
  ({request} = await bench.plan(SETTINGS));
  ({key} = await resolveStage(request, bench.context));
});
afterAll(() => bench.remove());

const hit = async () => (await resolveStage(request, bench.context)).hit;
const keep = () => keepStage({request, key, result: made.result}, bench.context);

it('finds a result by its key once it is kept', async () => {
  expect(await hit()).toBeNull();
  await keep();
  expect(await hit()).toEqual(made.result);
});

it('gives what this version knows of a result that a newer one kept', async () => {
  const {result} = made;
  const more = {...result, added: {by: 'a newer one'}};
  const of = {v: 1 as const, stage: 'curate', key, project: 'mail', at: new Date().toISOString()};
  await bench.stores.objects.put(
    `cache/curate/${key}.json`,
    canonicalJson({...of, result: more, artifacts: []}),
  );
  expect(await hit()).toEqual(result);
  await bench.stores.objects.delete(`cache/curate/${key}.json`);
  await keep();
});

it('does not find a dataset version of which a part is gone, until it is made again', async () => {
  const {index, golden, provenance} = made.version;
  const {shards, dropLog, ledger} = made.provenance;
  for (const {uri} of [index, golden, provenance, dropLog, ledger, shards[0]!.ref, shards.at(-1)!.ref]) {
    await rm(join(bench.folder, 'store', uri));
    expect(await hit(), uri).toBeNull();
    await bench.forgetProcessed();
    await bench.curate(SETTINGS);
    await keep();
    expect(await hit(), uri).toEqual(made.result);
  }
});

it.each(['provenance', 'ledger'] as const)(
  'finds a version again that lost its %s and was made from what was processed already',
  async (part) => {
    const {artifacts, registry} = bench.stores;
    const {provenance} = await registry.dataset('mail', made.version.digest);
    const {ledger} = await artifacts.getJson(provenance, Provenance);
    await rm(join(bench.folder, 'store', {provenance, ledger}[part].uri));
    expect(await hit()).toBeNull();
    const again = await bench.curate(SETTINGS);
    expect(again.version.digest).toBe(made.version.digest);
    await keep();
    expect(await hit()).toEqual(made.result);
  },
);

it('keeps no result whose artifacts are not there', async () => {
  await rm(join(bench.folder, 'store', made.provenance.shards[0]!.ref.uri));
  await expect(keep()).rejects.toMatchObject({type: 'ArtifactMissing'});
});
