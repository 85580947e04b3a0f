import {releaseDigest} from '../../core/identity/release-digest.ts';
import {promptsFromConfig, transformFromConfig} from '../../core/prompts/from-config.ts';
import {ONLY_MODEL} from '../../core/releases/models.ts';
import type {Adapter, Release, ReleaseV1, ReleaseV2} from '../../schemas/release.ts';
import type {ResolvedProject} from '../../schemas/resolved-project.ts';

/** What stands as stable until a candidate is promoted: the bare base where the project trains, else what answers nothing. */
export function firstRelease(resolved: ResolvedProject): Release {
  return resolved.config.training === 'none' ? emptyRelease(resolved) : baseRelease(resolved);
}

/** The base model with the project's prompts, which no gate has judged. */
export function baseRelease(resolved: ResolvedProject): ReleaseV1 {
  return tuned(resolved, {adapter: null, parent: null, createdFrom: null});
}

/** A candidate of the project as it is configured: the base model with this adapter, or as it is. */
export function composeRelease(
  resolved: ResolvedProject,
  {
    adapter,
    parent,
    dataset,
  }: {readonly adapter: Adapter | null; readonly parent: string; readonly dataset: string | null},
): Release {
  if (adapter !== null) return tuned(resolved, {adapter, parent, createdFrom: adapter.dataset});
  const {config, base, date} = resolved;
  const prompts = Object.entries(promptsFromConfig(config, date));
  return named<ReleaseV2>({
    v: 2,
    ...partsOf(resolved),
    models: {[ONLY_MODEL]: {...base, adapter: null}},
    tasks: Object.fromEntries(
      prompts.map(([task, prompt]) => [task, {model: ONLY_MODEL, prompt, fallback: []}]),
    ),
    parent,
    createdFrom: dataset,
  });
}

function emptyRelease(resolved: ResolvedProject): ReleaseV2 {
  return named<ReleaseV2>({
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
  const {config, base, date} = resolved;
  return named<ReleaseV1>({
    v: 1,
    ...partsOf(resolved),
    base,
    prompts: promptsFromConfig(config, date),
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

function named<R extends ReleaseV1 | ReleaseV2>(body: Omit<R, 'digest'>): R {
  return {...body, digest: releaseDigest(body as Omit<Release, 'digest'> as Release)} as R;
}
