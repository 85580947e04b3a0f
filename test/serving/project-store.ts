import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {resolveEnvironment} from '../../scripts/launcher/environment.js';
import {promptsFromConfig, transformFromConfig} from '../../core/prompts/from-config.ts';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import {readProject} from '../../schemas/load-project.ts';
import type {Adapter, Release} from '../../schemas/release.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
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
  release(change?: Partial<Release>): Promise<Release>;
  /** An adapter as training leaves it, in the store. */
  adapter(options: AdapterOptions): Promise<Adapter>;
  /** Bootstraps or moves the deployment. */
  deploy(stable: Release, more?: {canary?: [Release, number]; shadow?: [Release, number]}): Promise<void>;
  remove(): Promise<void>;
}

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
  return {
    folder,
    url,
    stores,
    async release(change = {}) {
      const body: Omit<Release, 'digest'> = {
        v: 1,
        project: PROJECT,
        base: {name: 'smollm2-135m-instruct', kind: 'gguf', sha256: base},
        adapter: null,
        prompts: promptsFromConfig(config),
        transform: transformFromConfig(config, '0'.repeat(64)),
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
      if ((await stores.pointers.read(PROJECT)) === null)
        await stores.pointers.bootstrap(PROJECT, stable.digest, {by: 'test', why: 'first'});
      if (canary === undefined && shadow === undefined) {
        const current = await stores.pointers.read(PROJECT);
        if (current?.stable === stable.digest && current.canary === null && current.shadow === null) return;
      }
      await stores.pointers.move(PROJECT, () => ({
        move: {stable: stable.digest, canary: share(canary), shadow: share(shadow), by: 'test', why: 'moved'},
      }));
    },
    remove: () => rm(folder, {recursive: true, force: true}),
  };
}
