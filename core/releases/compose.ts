import {releaseDigest} from '../identity/release-digest.ts';
import {promptsFromConfig, transformFromConfig} from '../prompts/from-config.ts';
import {providerPart} from './provider-part.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {BASE} from '../../schemas/names.ts';
import {baseOf, modelsOfTask, tasksOfBase} from '../../schemas/task-models.ts';
import type {Adapter, ModelPart, Release, ReleaseV1, ReleaseV2} from '../../schemas/release.ts';
import type {ResolvedProject} from '../../schemas/resolved-project.ts';

/** What stands as stable until a candidate is promoted: the bare base where the project trains, else what answers nothing. */
export function firstRelease(resolved: ResolvedProject): Release {
  return resolved.config.training === 'none' ? emptyRelease(resolved) : baseRelease(resolved);
}

/** The base model with the prompts of its tasks, which no gate has judged. Throws InvalidInput where no task asks it. */
export function baseRelease(resolved: ResolvedProject): ReleaseV1 {
  return tuned(resolved, {adapter: null, parent: null, createdFrom: null});
}

/** A candidate of the project as it is configured; `adapter`: on the base model, where one was trained. */
export function composeRelease(
  resolved: ResolvedProject,
  {
    adapter,
    parent,
    dataset,
  }: {readonly adapter: Adapter | null; readonly parent: string; readonly dataset: string | null},
): Release {
  const {config, date} = resolved;
  const createdFrom = adapter?.dataset ?? dataset;
  const named = Object.values(config.tasks).flatMap(modelsOfTask);
  if (adapter !== null && named.every((name) => name === BASE))
    return tuned(resolved, {adapter, parent, createdFrom});
  const prompts = Object.entries(promptsFromConfig(config, date));
  return withDigest<ReleaseV2>({
    v: 2,
    ...partsOf(resolved),
    models: Object.fromEntries(
      [...new Set(named)].sort().map((name) => [name, partOf(name, resolved, adapter)]),
    ),
    tasks: Object.fromEntries(
      prompts.map(([task, prompt]) => {
        const [model, ...fallback] = modelsOfTask(config.tasks[task]!) as [string, ...string[]];
        return [task, {model, prompt, fallback}];
      }),
    ),
    parent,
    createdFrom,
  });
}

function partOf(name: string, resolved: ResolvedProject, adapter: Adapter | null): ModelPart {
  if (name === BASE) return {...baseOf(resolved), adapter};
  const model = resolved.config.models[name];
  if (model === undefined)
    throw new RatchetError('InvalidInput', `models: expected a model named "${name}", which a task asks`);
  return providerPart(model);
}

function emptyRelease(resolved: ResolvedProject): ReleaseV2 {
  return withDigest<ReleaseV2>({
    v: 2,
    ...partsOf(resolved),
    models: {},
    tasks: {},
    parent: null,
    createdFrom: null,
  });
}

function tuned(
  resolved: ResolvedProject,
  origin: Pick<ReleaseV1, 'adapter' | 'parent' | 'createdFrom'>,
): ReleaseV1 {
  const {config, date} = resolved;
  return withDigest<ReleaseV1>({
    v: 1,
    ...partsOf(resolved),
    base: baseOf(resolved),
    prompts: promptsFromConfig({tasks: tasksOfBase(config.tasks)}, date),
    ...origin,
  });
}

/** What a release of either version has. */
function partsOf({config}: ResolvedProject) {
  const {guardrails} = config;
  return {
    project: config.project,
    transform: transformFromConfig(config),
    index: null,
    guardrails: {
      v: 1 as const,
      maxInputChars: guardrails.max_input_chars,
      scrubOutput: guardrails.scrub_output,
      stripInvisible: guardrails.strip_invisible,
      blockPatterns: guardrails.block_patterns,
    },
  };
}

function withDigest<R extends ReleaseV1 | ReleaseV2>(body: Omit<R, 'digest'>): R {
  return {...body, digest: releaseDigest(body as Omit<Release, 'digest'> as Release)} as R;
}
