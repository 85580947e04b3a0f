import type {PromptVersion, Release} from '../../schemas/release.ts';
import {flat} from './changes.ts';

/** The areas of a release's own parts, in the order in which a reader asks. */
export const PART_AREAS = ['model', 'prompts', 'input', 'guardrails', 'index'] as const;
export type PartArea = (typeof PART_AREAS)[number];

/**
 * The parts under a release's digest, flat, under the names by which ratchet.yaml knows them. Where an adapter's files are kept
 * is no part: its digest says which bytes they hold.
 */
export function partsOf(release: Release): Record<PartArea, Map<string, string>> {
  const {base, adapter, prompts, transform, index, guardrails} = release;
  return {
    model: flat({base_model: baseInWords(base), adapter: adapter?.digest ?? 'none'}),
    prompts: flat({tasks: Object.fromEntries(Object.entries(prompts).map(([task, one]) => [task, asInYaml(one)]))}),
    input: flat({
      input: {format: transform.format, fields: transform.fields},
      curation: {pii: transform.pii},
      'code of the input transform': transform.code,
    }),
    guardrails: flat({
      guardrails: {
        max_input_chars: guardrails.maxInputChars,
        scrub_output: guardrails.scrubOutput,
        strip_invisible: guardrails.stripInvisible,
        block_patterns: guardrails.blockPatterns,
      },
    }),
    index: flat({index}),
  };
}

function baseInWords({name, kind, sha256, hub}: Release['base']): string {
  if (hub === undefined) return `${name} (${kind}, sha256 ${sha256})`;
  return `${name} (${kind}, ${hub.id} at commit ${hub.commit})`;
}

function asInYaml({
  v: _version,
  task: _task,
  template,
  maxInputTokens,
  maxOutputTokens,
  choices,
  aliases,
  ...same
}: PromptVersion): Record<string, unknown> {
  return {
    ...same,
    prompt: template,
    max_input_tokens: maxInputTokens,
    max_output_tokens: maxOutputTokens,
    ...(choices === undefined ? {} : {labels: Object.keys(choices), 'labels, as written': choices}),
    ...(aliases === undefined ? {} : {label_aliases: aliases}),
  };
}
