import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {keyFingerprint} from '../../core/identity/row-digest.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {composeRelease, firstRelease} from '../../core/releases/compose.ts';
import {givenOfStable} from '../../runs/given-of-stable.ts';
import {ProjectConfig, type ProjectYaml} from '../../schemas/project.ts';
import type {Adapter, Release} from '../../schemas/release.ts';
import type {ResolvedProject} from '../../schemas/resolved-project.ts';
import type {Project} from '../../stack/project-file.ts';
import {projectOf, projectYaml, type TestProject} from '../workflows/project-of.ts';

const ROW_KEY = '07'.repeat(32);
const [DATASET, CURATE, TRAIN] = ['dataset', 'curate', 'train'].map(sha256Hex) as [string, string, string];
const BASE = {name: 'tiny', kind: 'gguf' as const, sha256: sha256Hex('base')};
const ref = (name: string) => ({
  uri: `artifacts/sha256/${sha256Hex(name).slice(0, 2)}/${sha256Hex(name)}`,
  sha256: sha256Hex(name),
  bytes: 1,
  mediaType: 'application/json',
});
const ADAPTER: Adapter = {
  digest: sha256Hex('weights'),
  safetensors: ref('weights'),
  config: ref('config'),
  gguf: null,
  base: BASE.sha256,
  dataset: DATASET,
  training: sha256Hex('training'),
};
const RUN = 'lifecycle/post/20021203T114636Z-k3f9qa';

let post: TestProject;
beforeEach(async () => {
  post = await projectOf('post');
});
afterEach(() => post.remove());

/** The project as it is written now. */
async function now(change: Partial<ProjectYaml> = {}) {
  const config = ProjectConfig.parse(projectYaml('post', change));
  const resolved: ResolvedProject = {v: 1, config, base: BASE};
  const project: Project = {
    config,
    file: post.context.file,
    folder: post.context.folder,
    store: post.context.stores.objects.url,
    rowKey: ROW_KEY,
  };
  return {resolved, project, ref: await post.context.stores.artifacts.putJson(resolved)};
}

/** A release that this project made, with an adapter unless it trains nothing. */
async function stableOf(change: Partial<ProjectYaml> = {}): Promise<Release> {
  const {resolved} = await now(change);
  const {registry, cache} = post.context.stores;
  const trains = resolved.config.training !== 'none';
  const parent = firstRelease(resolved).digest;
  const release = composeRelease(resolved, {adapter: trains ? ADAPTER : null, parent, dataset: DATASET});
  const at = '2002-12-03T11:46:36.000Z';
  await registry.putDataset({
    v: 1,
    project: 'post',
    digest: DATASET,
    config: sha256Hex('c'),
    tools: sha256Hex('t'),
    keyFingerprint: keyFingerprint(Buffer.from(ROW_KEY, 'hex')),
    golden: ref('golden'),
    index: ref('index'),
    counts: {train: 1, validation: 1, golden: 1, traffic: 0},
    provenance: ref('provenance'),
  });
  const entry = {v: 1 as const, project: 'post', at, artifacts: []};
  await cache.store({
    ...entry,
    stage: 'curate',
    key: CURATE,
    result: {
      dataset: DATASET,
      manifest: ref('manifest'),
      rowsIn: 3,
      rowsKept: 3,
      drops: {},
      processed: 3,
      reused: 0,
    },
  });
  await cache.store({
    ...entry,
    stage: 'train',
    key: TRAIN,
    result: {adapter: ADAPTER, metrics: {}, events: ref('e'), scores: ref('s'), steps: 1, parity: null},
  });
  const done = (key: string) => ({status: 'done' as const, startedAt: at, endedAt: at, key});
  await registry.startRun({
    v: 1,
    id: RUN,
    project: 'post',
    status: 'done',
    startedBy: 'anna',
    reason: 'first',
    startedAt: at,
    endedAt: at,
    stages: {curate: done(CURATE), ...(trains ? {train: done(TRAIN)} : {})},
    dataset: DATASET,
    release: release.digest,
    links: {},
  });
  return release;
}

const triage = {kind: 'classification' as const, labels: ['spam', 'ham'], inputs: ['body']};
const EDITED = {tasks: {triage: {...triage, prompt: 'Spam? {{body}}'}}};

async function given(stable: Release | null, change: Partial<ProjectYaml> = EDITED) {
  const {project, ref: resolved} = await now(change);
  return givenOfStable(stable, post.context.stores, project, resolved);
}

describe('a run of an edited prompt alone', () => {
  test('takes the data and the adapter that stable was made of', async () => {
    expect(await given(await stableOf())).toMatchObject({
      run: RUN,
      curate: {key: CURATE, result: {dataset: DATASET}},
      train: {key: TRAIN, result: {adapter: {digest: ADAPTER.digest}}},
    });
  });

  test('takes the data alone where nothing was trained', async () => {
    const stable = await stableOf({training: 'none'});
    const taken = await given(stable, {...EDITED, training: 'none'});
    expect(taken).toMatchObject({run: RUN, curate: {key: CURATE}});
    expect(taken.train).toBeUndefined();
  });

  test('of a training, whatever its settings are now', async () => {
    expect(await given(await stableOf(), {...EDITED, training: {learning_rate: 1e-5}})).toMatchObject({
      train: {key: TRAIN},
    });
  });
});

describe('is refused', () => {
  test('while nothing was released', async () => {
    const none = '--only prompts: no release of post has been promoted yet: start a run without it';
    await expect(given(null)).rejects.toThrow(none);
    await expect(given(firstRelease((await now()).resolved))).rejects.toThrow(none);
    await expect(given(firstRelease((await now({training: 'none'})).resolved))).rejects.toThrow(none);
  });

  test('where the prompts are the same', async () => {
    const stable = await stableOf();
    await expect(given(stable, {})).rejects.toThrow(
      `--only prompts: the prompts are those of release ${stable.digest.slice(0, 12)}: there is nothing to judge`,
    );
  });

  test('where something else differs, too, by its name', async () => {
    const stable = await stableOf();
    await expect(given(stable, {...EDITED, guardrails: {max_input_chars: 7}})).rejects.toThrow(
      `--only prompts: guardrails of release ${stable.digest.slice(0, 12)} differ, too (guardrails.max_input_chars): start a run without it, or undo that`,
    );
  });

  test('where the run that made it is not in the store any more', async () => {
    const stable = await stableOf();
    const other = {...stable, digest: sha256Hex('another')};
    await expect(given(other)).rejects.toThrow(
      `--only prompts: no run that made release ${other.digest.slice(0, 12)} is in the store: start a run without it`,
    );
  });
});
