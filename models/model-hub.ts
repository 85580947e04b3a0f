import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, rename, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {COMMIT, isHubId} from '../schemas/hub-id.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import type {HubModel} from '../schemas/release.ts';
import {hubError, unreachable, type HubRequest} from './model-hub-errors.ts';
import {cacheFolder} from '../host/read-once.ts';

/** What prompts are rendered and counted with; the weights are fetched by the trainer and the engines themselves. */
const FILES = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];
const NEEDED = ['tokenizer.json', 'tokenizer_config.json'];
const ANSWER_MS = 30_000;
/** A large vocabulary is 30 MB. */
const FILE_MS = 120_000;

/** What is read of GET /api/models/ID/revision/REVISION. */
const ModelInfo = z.object({
  sha: z.string().regex(COMMIT),
  siblings: z.array(z.object({rfilename: z.string()})),
});

type Environment = NodeJS.ProcessEnv;

/** The id that a project's `base_model` names: kind hf, and a path of an id's form where nothing lies; null for what is local. */
export function hubIdOf(
  {kind, path: given}: Pick<ProjectConfig['base_model'], 'kind' | 'path'>,
  folder: string,
): string | null {
  if (kind !== 'hf' || given === undefined || !isHubId(given)) return null;
  return existsSync(path.resolve(folder, given)) ? null : given;
}

/**
 * The commit that a branch, tag or commit of a model names now, as the Hub says: `HF_ENDPOINT`, else huggingface.co, with
 * `HF_TOKEN` where it is set. Asks nobody for a commit whose files are in the cache.
 * Throws InvalidInput (no such model or revision), AccessDenied (private, gated), Unavailable, RateLimited.
 * @example await resolveHubModel({id: 'HuggingFaceTB/SmolLM2-135M-Instruct', revision: 'main'})
 */
export async function resolveHubModel(
  {id, revision}: {readonly id: string; readonly revision: string},
  env: Environment = process.env,
): Promise<HubModel> {
  if (COMMIT.test(revision) && existsSync(folderOf({id, commit: revision}, env)))
    return {id, commit: revision};
  const {sha} = await modelInfo({id, revision}, hubOf(env));
  return {id, commit: sha};
}

/**
 * A folder in the user's cache with the tokenizer, chat template and configuration of a model at its commit, as far as it has
 * them. Fetched once: the folder appears whole, by one rename, and is never looked up again.
 * Throws as resolveHubModel does, and InvalidInput for a model without a tokenizer.json.
 */
export async function hubModelFolder(model: HubModel, env: Environment = process.env): Promise<string> {
  const folder = folderOf(model, env);
  if (existsSync(folder)) return folder;
  const {id, commit} = model;
  const hub = hubOf(env);
  const {siblings} = await modelInfo({id, revision: commit}, hub);
  const there = new Set(siblings.map(({rfilename}) => rfilename));
  const missing = NEEDED.filter((name) => !there.has(name));
  if (missing.length > 0)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `base_model.path: ${id} has no ${missing.join(' and no ')} at ${commit.slice(0, 12)}: expected a model with a fast tokenizer; save it with one into a folder and name that`,
    );
  const beside = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(beside, {recursive: true});
    for (const name of FILES.filter((file) => there.has(file))) {
      const url = `${hub.endpoint}/${id}/resolve/${commit}/${name}`;
      await writeFile(path.join(beside, name), await get(url, {id, revision: commit}, hub, FILE_MS));
    }
    await rename(beside, folder).catch((error: unknown) => {
      // Another process was faster: a commit's files are the same.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(beside, {recursive: true, force: true});
  }
  return folder;
}

/** An id has no `--`, so no two share a folder. */
function folderOf({id, commit}: HubModel, env: Environment): string {
  return path.join(cacheFolder(env), 'hub', id.replace('/', '--'), commit);
}

interface Hub {
  readonly endpoint: string;
  readonly token: string | null;
}

function hubOf(env: Environment): Hub {
  const endpoint = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new RatchetError(
      ErrorType.InvalidInput,
      'HF_ENDPOINT: expected an http:// or https:// URL without credentials; a token belongs into HF_TOKEN',
    );
  const token = env['HF_TOKEN']?.trim() || null;
  // fetch would show it in its own error.
  if (token !== null && !/^[!-~]+$/.test(token))
    throw new RatchetError(
      ErrorType.InvalidInput,
      'HF_TOKEN: expected one word, got something with spaces or other characters that no token has',
    );
  return {endpoint, token};
}

async function modelInfo(
  asked: {readonly id: string; readonly revision: string},
  hub: Hub,
): Promise<z.infer<typeof ModelInfo>> {
  const url = `${hub.endpoint}/api/models/${asked.id}/revision/${encodeURIComponent(asked.revision)}`;
  const text = (await get(url, asked, hub, ANSWER_MS)).toString('utf8');
  try {
    return ModelInfo.parse(JSON.parse(text));
  } catch {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `${url} gave no \`sha\` and \`siblings\` of a model: expected the Hugging Face Hub there; check HF_ENDPOINT`,
    );
  }
}

/** Redirects are followed, to other hosts too, where the Hub keeps large files; the token stays behind then, as fetch has it. */
async function get(
  url: string,
  asked: Pick<HubRequest, 'id' | 'revision'>,
  {endpoint, token}: Hub,
  timeoutMs: number,
): Promise<Buffer> {
  const what = {...asked, endpoint, withToken: token !== null};
  let response: Response;
  let body: Buffer;
  try {
    response = await fetch(url, {
      headers: token === null ? {} : {authorization: `Bearer ${token}`},
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    throw unreachable(what, error);
  }
  if (response.ok) return body;
  throw hubError(what, response.status, response.headers.get('x-error-code'));
}
