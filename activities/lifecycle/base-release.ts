import {releaseDigest} from '../../core/identity/release-digest.ts';
import {promptsFromConfig, transformFromConfig} from '../../core/prompts/from-config.ts';
import type {Adapter, ReleaseV1} from '../../schemas/release.ts';
import type {ResolvedProject} from '../../schemas/resolved-project.ts';

/** A release of the project as it is configured: the base model with this adapter, or bare. */
export function composeRelease(
  {config, base, date}: ResolvedProject,
  adapter: Adapter | null,
  parent: string | null,
): ReleaseV1 {
  const body = {
    v: 1 as const,
    project: config.project,
    base,
    adapter,
    prompts: promptsFromConfig(config, date),
    transform: transformFromConfig(config),
    index: null,
    guardrails: {
      v: 1 as const,
      maxInputChars: config.guardrails.max_input_chars,
      scrubOutput: config.guardrails.scrub_output,
      stripInvisible: config.guardrails.strip_invisible,
      blockPatterns: config.guardrails.block_patterns,
    },
    parent,
    createdFrom: adapter?.dataset ?? null,
  };
  return {...body, digest: releaseDigest(body)};
}
