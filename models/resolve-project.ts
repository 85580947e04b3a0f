import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {sha256Hex} from '../core/identity/digest.ts';
import {openModelsOf, promptsOf} from '../core/releases/models.ts';
import {readsTheClock} from '../core/prompts/template-date.ts';
import {RatchetError} from '../schemas/errors.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import {DEFAULT_MODEL, type ProjectConfig} from '../schemas/project.ts';
import {asksBase} from '../schemas/task-models.ts';
import type {BaseModel, Release} from '../schemas/release.ts';
import type {ResolvedProject} from '../schemas/resolved-project.ts';
import type {Artifacts} from '../stores/objects/artifacts.ts';
import {chatTemplateOf} from './chat-template-of.ts';
import {hubIdOf, hubModelFolder, resolveHubModel} from './model-hub.ts';
import {readOnce} from '../host/read-once.ts';

export interface ResolveOptions {
  /** The project's. */
  readonly folder: string;
  readonly defaultModel: string | undefined;
  /** The stable release, where there is one: a day that it shows is shown by its successors, too. */
  readonly stable?: Release | null | undefined;
  readonly now?: Date;
}

/**
 * A project as a run sees it, stored as an artifact: the settings, and what the base model's bytes are. Of an id that is the
 * commit which its revision names now: a later one is another base model. Nothing is read of one that no task asks. Where the base's chat template prints a day, it is
 * taken once: as `base_model.date` says, else the stable release's, else today's (UTC).
 */
export async function resolveProject(
  artifacts: Artifacts,
  config: ProjectConfig,
  {folder, defaultModel, stable, now = new Date()}: ResolveOptions,
): Promise<{ref: ArtifactRef; resolved: ResolvedProject}> {
  const asked = asksBase(config) ? await baseModel(config, folder, defaultModel) : null;
  const date = asked === null ? undefined : await dateShown(asked, config, {stable, now});
  const metrics = await metricDigests(config, folder);
  const resolved: ResolvedProject = {
    v: 1,
    config,
    base: asked?.base ?? null,
    ...(date === undefined ? {} : {date}),
    ...(metrics === null ? {} : {metrics}),
  };
  return {ref: await artifacts.putJson(resolved), resolved};
}

/** The day that the base's chat template shows; undefined where it shows none. */
async function dateShown(
  {base, location}: {readonly base: BaseModel; readonly location: string},
  {base_model: {date}}: ProjectConfig,
  {stable, now}: {readonly stable: Release | null | undefined; readonly now: Date},
): Promise<string | undefined> {
  if (!readsTheClock(await chatTemplateOf(location))) return undefined;
  const same = stable ? openModelsOf(stable).some(({sha256}) => sha256 === base.sha256) : false;
  const kept = same ? Object.values(promptsOf(stable!))[0]?.date : undefined;
  return date ?? kept ?? now.toISOString().slice(0, 10);
}

/** Throws InvalidInput for a metric whose file is not there. */
async function metricDigests(
  {gauntlet: {metrics}}: ProjectConfig,
  folder: string,
): Promise<Record<string, string> | null> {
  if (metrics === undefined) return null;
  const digests: Record<string, string> = {};
  for (const [name, {file}] of Object.entries(metrics)) {
    const bytes = await readFile(path.resolve(folder, file)).catch(() => null);
    if (bytes === null)
      throw new RatchetError(
        'InvalidInput',
        `gauntlet.metrics.${name}.file: expected a file that can be read, relative to ratchet.yaml, got ${file}`,
      );
    digests[name] = createHash('sha256').update(bytes).digest('hex');
  }
  return digests;
}

/** `location`: its file or folder, of an id the one with its tokenizer. */
async function baseModel(
  config: ProjectConfig,
  folder: string,
  defaultModel: string | undefined,
): Promise<{base: BaseModel; location: string}> {
  const {name, kind, path: given, revision} = config.base_model;
  const id = hubIdOf(config.base_model, folder);
  if (id !== null) return hubModel(id, revision ?? 'main', name);
  const file = given === undefined ? defaultModel : path.resolve(folder, given);
  if (file === undefined) {
    throw new RatchetError(
      'InvalidInput',
      'no base model: RATCHET_MODEL is not set and base_model.path is missing; run ratchet’s set-up',
    );
  }
  const there = await stat(file).catch(() => null);
  if (!there)
    throw new RatchetError(
      'InvalidInput',
      `base_model: ${file} does not exist: expected a ${kind === 'gguf' ? 'GGUF file' : 'model folder, or an id: org/name'}`,
    );
  if (revision !== undefined)
    throw new RatchetError(
      'InvalidInput',
      `base_model.revision: expected none, as base_model.path names ${file}, got ${JSON.stringify(revision)}`,
    );
  const sha256 = there.isDirectory() ? await folderDigest(file) : await fileDigest(file);
  return {base: {name, kind, sha256}, location: file};
}

/** Its files are fetched at once: what cannot be rendered with, or may not be read, is said before anything runs. */
async function hubModel(
  id: string,
  revision: string,
  name: string,
): Promise<{base: BaseModel; location: string}> {
  const hub = await resolveHubModel({id, revision});
  const location = await hubModelFolder(hub);
  const sha256 = sha256Hex(`hf:${hub.id}@${hub.commit}`);
  return {base: {name: name === DEFAULT_MODEL ? id : name, kind: 'hf', sha256, hub}, location};
}

/** A model's bytes are hashed once per size and time of change. */
function fileDigest(file: string): Promise<string> {
  return readOnce(file, async () => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  });
}

async function folderDigest(folder: string): Promise<string> {
  const lines: string[] = [];
  for (const entry of (await readdir(folder, {recursive: true, withFileTypes: true})).filter((e) =>
    e.isFile(),
  )) {
    const file = path.join(entry.parentPath, entry.name);
    lines.push(`${path.relative(folder, file)} ${await fileDigest(file)}`);
  }
  return sha256Hex(lines.sort().join('\n'));
}
