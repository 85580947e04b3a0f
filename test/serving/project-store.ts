import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {resolveEnvironment} from '../../launcher/environment.js';
import {promptsFromConfig, transformFromConfig} from '../../core/prompts/from-config.ts';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {readProject} from '../../schemas/load-project.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';
import type {Adapter, Release, ReleaseV1} from '../../schemas/release.ts';
import {JSONL_TYPE} from '../../stores/objects/artifacts.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {reportOf} from '../cli/prepared-store.ts';
import {approvedFacts} from '../stores/audit/signed-chain.ts';
import {writeAdapterFolder, type AdapterOptions} from './engine/adapter-folder.ts';

export const KEY = Buffer.alloc(32, 7);
export const PROJECT = 'mail';

/** The model that the tests' engines hold. */
export function modelPath(): string {
  const {model} = resolveEnvironment();
  if (model === undefined) throw new Error('no model: "npm test" brings one, or set RATCHET_MODEL');
  return model;
}

export interface ProjectStore {
  readonly folder: string;
  readonly url: string;
  readonly stores: Stores;
  /** A release of the mail example; `change` makes it another one. */
  release(change?: Partial<ReleaseV1>): Promise<ReleaseV1>;
  /** An adapter as training leaves it, in the store. */
  adapter(options: AdapterOptions): Promise<Adapter>;
  /** Bootstraps or moves the deployment. */
  deploy(stable: Release, more?: {canary?: [Release, number]; shadow?: [Release, number]}): Promise<void>;
  remove(): Promise<void>;
}

type Slots = Pick<Deployment, 'stable' | 'canary' | 'shadow'>;

/** A store in a temporary folder with the mail example's prompts and transform. */
export async function projectStore(): Promise<ProjectStore> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-serving-'));
  const url = `file://${folder}/store`;
  const stores = await openStores(url);
  const loaded = readProject(
    await readFile(new URL('../../examples/mail/ratchet.yaml', import.meta.url), 'utf8'),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const {config} = loaded;
  const base = createHash('sha256')
    .update(await readFile(modelPath()))
    .digest('hex');
  let runs = 0;
  /** Of the last move; who takes something away needs no approval of their own. */
  let lastBy = '';
  /** A run that judged and approved a release; its rollout. */
  const approved = async (release: string, stable: string): Promise<string> => {
    const runId = `lifecycle/${PROJECT}/${++runs}`;
    const dataset = '1'.repeat(64);
    const samples = await stores.artifacts.putBytes('', JSONL_TYPE);
    const report = await stores.artifacts.putJson(
      reportOf(PROJECT, {digest: release}, {digest: stable}, {digest: dataset}, samples),
    );
    const digests = {release, dataset, report: report.sha256};
    for (const fact of approvedFacts({project: PROJECT, runId, digests}))
      await stores.audit(PROJECT).append(fact);
    return rolloutWorkflowId(runId);
  };
  return {
    folder,
    url,
    stores,
    async release(change = {}) {
      const body: Omit<ReleaseV1, 'digest'> = {
        v: 1,
        project: PROJECT,
        base: {name: 'smollm2-135m-instruct', kind: 'gguf', sha256: base},
        adapter: null,
        prompts: promptsFromConfig(config),
        transform: transformFromConfig(config),
        index: null,
        guardrails: {v: 1, maxInputChars: 20_000, scrubOutput: true, stripInvisible: true, blockPatterns: []},
        parent: null,
        createdFrom: null,
        ...change,
      };
      const release = {...body, digest: releaseDigest(body)};
      await stores.registry.putRelease(release);
      return release;
    },
    async adapter(options) {
      const made = await writeAdapterFolder(join(folder, `made-${options.seed}`), options);
      const put = (name: string, type: string) => stores.artifacts.putFile(join(made, name), type);
      const safetensors = await put('adapter_model.safetensors', 'application/octet-stream');
      return {
        digest: safetensors.sha256,
        safetensors,
        config: await put('adapter_config.json', 'application/json'),
        gguf: await put('adapter.gguf', 'application/octet-stream'),
        base,
        dataset: '1'.repeat(64),
        training: '2'.repeat(64),
      };
    },
    async deploy(stable, {canary, shadow} = {}) {
      const share = (part: [Release, number] | undefined) =>
        part === undefined ? null : {release: part[0].digest, weight: part[1]};
      const before =
        (await stores.pointers.read(PROJECT)) ??
        (await stores.pointers.bootstrap(PROJECT, stable.digest, {by: 'test', why: 'first'}));
      const wanted = {stable: stable.digest, canary: share(canary), shadow: share(shadow)};
      // Each slot that gets traffic is by the rollout of a run that approved its release.
      let now: Slots = {stable: before.stable, canary: before.canary, shadow: before.shadow};
      const go = async (change: Partial<Slots>, release: string | undefined) => {
        const next = {...now, ...change};
        if (isDeepStrictEqual(next, now)) return;
        const by = release === undefined ? lastBy : await approved(release, before.stable);
        await stores.pointers.move(PROJECT, () => ({move: {...next, by, why: 'moved'}}));
        [now, lastBy] = [next, by];
      };
      if (now.stable !== wanted.stable)
        await go({stable: wanted.stable, canary: null, shadow: null}, wanted.stable);
      const fresh = (['canary', 'shadow'] as const).filter(
        (slot) => wanted[slot] !== null && !isDeepStrictEqual(wanted[slot], now[slot]),
      );
      // One move where one release gets traffic: nobody sees what is between.
      if (fresh.length === 2) await go({canary: wanted.canary}, wanted.canary!.release);
      await go({canary: wanted.canary, shadow: wanted.shadow}, wanted[fresh.at(-1) ?? 'canary']?.release);
    },
    remove: () => rm(folder, {recursive: true, force: true}),
  };
}
