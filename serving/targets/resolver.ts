import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, rename, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {adapterName} from '../../core/identity/release-digest.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {Adapter} from '../../schemas/release.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';

/** A peft folder: what vLLM reads, and the form that the embedded engine reads, where the adapter has one. */
function filesOf(adapter: Adapter): readonly (readonly [name: string, ref: ArtifactRef])[] {
  return [
    ['adapter_config.json', adapter.config],
    ['adapter_model.safetensors', adapter.safetensors],
    ...(adapter.gguf === null ? [] : [['adapter.gguf', adapter.gguf] as const]),
  ];
}

/**
 * Brings an adapter from the store to `FOLDER/project@sha12/`, whole or not at all (a folder beside it, then a rename), and
 * gives that path. One that is there already is hashed, not fetched. Throws DigestMismatch if any of its bytes are not what
 * the release names (here or in the store), ArtifactMissing, DiskFull.
 */
export async function bringAdapter(
  artifacts: Artifacts,
  folder: string,
  project: string,
  adapter: Adapter,
): Promise<string> {
  const target = join(folder, adapterName(project, adapter.digest));
  if (await isFolder(target)) {
    await verify(target, adapter);
    return target;
  }
  const draft = `${target}.${randomUUID()}.part`;
  try {
    await mkdir(draft, {recursive: true});
    for (const [name, ref] of filesOf(adapter)) await artifacts.toFile(ref, join(draft, name));
    try {
      await rename(draft, target);
    } catch (error) {
      // Somebody else was first; then what lies there must be the same.
      if (!(await isFolder(target))) throw error;
      await verify(target, adapter);
    }
    return target;
  } finally {
    await rm(draft, {recursive: true, force: true});
  }
}

async function verify(folder: string, adapter: Adapter): Promise<void> {
  for (const [name, ref] of filesOf(adapter)) {
    const got = await digestOf(join(folder, name));
    if (got !== ref.sha256)
      throw new RatchetError(
        ErrorType.DigestMismatch,
        `${join(folder, name)} ${got === null ? 'is missing' : `hashes to ${got}`}, the release says ${ref.sha256}: ` +
          'it was exchanged or damaged; delete the folder to have it fetched again',
      );
  }
}

async function digestOf(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
