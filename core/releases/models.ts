import {BASE} from '../../schemas/names.ts';
import type {
  Adapter,
  BaseModel,
  ModelPart,
  OpenModel,
  PromptVersion,
  ProviderModel,
  Release,
  TaskRoute,
} from '../../schemas/release.ts';

/** Every model of a release by its name, whatever version wrote it. */
export function modelsOf(release: Release): Readonly<Record<string, ModelPart>> {
  return release.v === 1 ? {[BASE]: {...release.base, adapter: release.adapter}} : release.models;
}

/** Every task of a release; none: it answers nothing. */
export function tasksOf(release: Release): Readonly<Record<string, TaskRoute>> {
  if (release.v === 2) return release.tasks;
  return Object.fromEntries(
    Object.entries(release.prompts).map(([task, prompt]) => [task, {model: BASE, prompt, fallback: []}]),
  );
}

export function promptsOf(release: Release): Readonly<Record<string, PromptVersion>> {
  if (release.v === 1) return release.prompts;
  return Object.fromEntries(Object.entries(release.tasks).map(([task, {prompt}]) => [task, prompt]));
}

/** Undefined where the release has no such task. */
export function promptOf(release: Release, task: string): PromptVersion | undefined {
  const tasks = release.v === 1 ? release.prompts : release.tasks;
  if (!Object.hasOwn(tasks, task)) return undefined;
  return release.v === 1 ? release.prompts[task] : release.tasks[task]!.prompt;
}

/** A task's models in the order in which they are asked, each once. Throws RangeError for a task that the release lacks. */
export function askedInOrder(release: Release, task: string): NamedModel[] {
  const route = tasksOf(release)[task];
  if (route === undefined) throw new RangeError(`the release has no task "${task}"`);
  const models = modelsOf(release);
  return [...new Set([route.model, ...route.fallback])].map((name) => ({name, part: models[name]!}));
}
export interface NamedModel {
  /** In the release. */
  readonly name: string;
  readonly part: ModelPart;
}

/** The open models, in the order of their names: what engines of the project's own hold. */
export function openModelsOf(release: Release): OpenModel[] {
  return Object.values(modelsOf(release)).filter(isOpen);
}

export function adaptersOf(release: Release): Adapter[] {
  return openModelsOf(release).flatMap(({adapter}) => adapter ?? []);
}

/** The adapter of a release whose one adapter is what it was made for; null without any. */
export function adapterOf(release: Release): Adapter | null {
  return release.v === 1 ? release.adapter : (adaptersOf(release)[0] ?? null);
}

/** An open model of a release as an engine is given it. */
export interface EngineModel {
  readonly project: string;
  /** Of the release. */
  readonly digest: string;
  readonly base: BaseModel;
  readonly adapter: Adapter | null;
}

export function engineModelsOf(release: Release): EngineModel[] {
  const {project, digest} = release;
  return openModelsOf(release).map(({adapter, ...base}) => ({project, digest, base, adapter}));
}

/** The open model that a task asks first; null where that is a provider's. Throws RangeError for a task that the release lacks. */
export function engineModelOf(release: Release, task: string): EngineModel | null {
  const {project, digest} = release;
  const {part} = askedInOrder(release, task)[0]!;
  if (!isOpen(part)) return null;
  const {adapter, ...base} = part;
  return {project, digest, base, adapter};
}

export function isOpen(part: ModelPart): part is OpenModel {
  return part.kind !== 'provider';
}

/** Vendors' models whose names the vendor may give to others: `openai gpt-5.2`. */
export function aliasesIn(release: Release): string[] {
  return Object.values(modelsOf(release)).flatMap((part) =>
    isOpen(part) || part.snapshot !== null ? [] : [`${part.vendor} ${part.model}`],
  );
}

export function answersNothing(release: Release): boolean {
  return Object.keys(tasksOf(release)).length === 0;
}

/**
 * The first stable of a project, made before anything was judged: a bare base in the first version's form, in which no candidate
 * without an adapter is written, or what answers nothing. By the digest alone: `parent` decides nothing.
 */
export function isUngated(release: Release): boolean {
  return release.v === 1 ? release.adapter === null : answersNothing(release);
}

/** `tiny (gguf, sha256 …)`, `tiny (hf, org/tiny at commit …)`, `openai gpt-5.2 (2026-03-01)`, `openai gpt-5.2 (alias)`. */
export function modelInWords(part: ModelPart): string {
  if (!isOpen(part)) return providerInWords(part);
  const {name, kind, sha256, hub} = part;
  if (hub === undefined) return `${name} (${kind}, sha256 ${sha256})`;
  return `${name} (${kind}, ${hub.id} at commit ${hub.commit})`;
}

function providerInWords({vendor, model, snapshot}: ProviderModel): string {
  return `${vendor} ${model} (${snapshot ?? 'an alias: the vendor may change what answers'})`;
}
