import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdtemp, readFile, rm, stat, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {EngineFailure, badRequest} from './failure.ts';

export interface LoadedAdapter {
  readonly name: string;
  /** The folder as the client named it. */
  readonly path: string;
  /** A link to its adapter.gguf that is named by content. */
  readonly file: string;
  readonly sha256: string;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

/**
 * Refuses a peft folder that vLLM would refuse: no adapter_config.json or weights (404), a missing field, bias,
 * modules_to_save, DoRA, or a rank above `maxRank` (400). Ours also needs adapter.gguf in the same folder.
 */
export async function checkFolder(name: string, folder: string, maxRank: number): Promise<void> {
  const raw = await readFile(join(folder, 'adapter_config.json'), 'utf8').catch(() => null);
  if (raw === null || !(await exists(join(folder, 'adapter_model.safetensors'))))
    throw new EngineFailure(
      404,
      'NotFoundError',
      `Loading lora ${name} failed: No adapter found for ${folder}` +
        (raw === null ? ' (no adapter_config.json)' : ' (no adapter_model.safetensors)'),
    );
  let config: Record<string, unknown>;
  try {
    config = JSON.parse(raw) as Record<string, unknown>;
  } catch (error) {
    throw badRequest(`${join(folder, 'adapter_config.json')} is not JSON: ${(error as Error).message}`);
  }
  const missing = ['r', 'lora_alpha', 'target_modules'].filter(
    (field) => config[field] === undefined || config[field] === null,
  );
  if (missing.length > 0)
    throw badRequest(
      `Missing required configuration fields: ${missing.join(', ')} in ${folder}/adapter_config.json`,
    );
  if (Array.isArray(config.modules_to_save) && config.modules_to_save.length > 0)
    throw badRequest('Only modules_to_save being None is supported.');
  if (config.use_dora === true) throw badRequest('DoRA is not supported.');
  if (config.bias !== undefined && config.bias !== 'none') throw badRequest('Adapter bias is not supported.');
  if (Number(config.r) > maxRank)
    throw badRequest(`LoRA rank ${Number(config.r)} is greater than max_lora_rank ${maxRank}.`);
  if (!(await exists(join(folder, 'adapter.gguf'))))
    throw badRequest(
      `${folder} holds no adapter.gguf: this engine serves the GGUF form of an adapter, put it next to the safetensors`,
    );
}

/**
 * The adapters this process answers with, by name. llama.cpp keeps an adapter's weights until the model goes, and the
 * binding finds them again by path; so a file is loaded through a link named by its content: a folder that was swapped
 * under the same path is loaded anew, and the same bytes under two names are held once.
 */
export class Adapters {
  readonly #maxRank: number;
  readonly #byName = new Map<string, LoadedAdapter>();
  readonly #held = new Set<string>();
  #links: string | null = null;

  constructor(maxRank: number) {
    this.#maxRank = maxRank;
  }

  get all(): readonly LoadedAdapter[] {
    return [...this.#byName.values()];
  }
  /** Adapters whose weights this process holds, unloaded ones included. */
  get held(): number {
    return this.#held.size;
  }
  get(name: string): LoadedAdapter | undefined {
    return this.#byName.get(name);
  }

  /** `load` makes a context with the file, and throws if the file does not fit the model. */
  async load(name: string, path: string, load: (adapter: LoadedAdapter) => Promise<void>): Promise<string> {
    if (name === '' || path === '')
      throw new EngineFailure(400, 'InvalidUserInput', "Both 'lora_name' and 'lora_path' must be provided.");
    if (this.#byName.has(name))
      throw new EngineFailure(400, 'InvalidUserInput', `The lora adapter '${name}' has already been loaded.`);
    await checkFolder(name, path, this.#maxRank);
    const source = resolve(path, 'adapter.gguf');
    const hash = createHash('sha256');
    await pipeline(createReadStream(source), hash);
    const sha256 = hash.digest('hex');
    this.#links ??= await mkdtemp(join(tmpdir(), 'ratchet-engine-'));
    const file = join(this.#links, `${sha256}.gguf`);
    if (!this.#held.has(sha256)) {
      await rm(file, {force: true});
      await symlink(source, file);
    }
    const adapter = {name, path, file, sha256};
    await load(adapter);
    this.#held.add(sha256);
    this.#byName.set(name, adapter);
    return `Success: LoRA adapter '${name}' added successfully.`;
  }

  unload(name: string): string {
    if (name === '')
      throw new EngineFailure(
        400,
        'InvalidUserInput',
        "'lora_name' needs to be provided to unload a LoRA adapter.",
      );
    if (!this.#byName.delete(name))
      throw new EngineFailure(404, 'NotFoundError', `The lora adapter '${name}' cannot be found.`);
    return `Success: LoRA adapter '${name}' removed successfully.`;
  }

  async dispose(): Promise<void> {
    if (this.#links !== null) await rm(this.#links, {recursive: true, force: true});
  }
}
