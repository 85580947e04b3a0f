import type {PromptVersion, Release} from '../../schemas/release.ts';
import {flat} from './changes.ts';
import {isOpen, modelInWords, modelsOf, tasksOf} from './models.ts';

/** The areas of a release's own parts, in the order in which a reader asks. */
export const PART_AREAS = ['model', 'prompts', 'input', 'guardrails', 'index'] as const;
export type PartArea = (typeof PART_AREAS)[number];

/**
 * The parts under a release's digest, flat, under the names by which ratchet.yaml knows them. Where an adapter's files are kept
 * is no part: its digest says which bytes they hold.
 */
export function partsOf(release: Release): Record<PartArea, Map<string, string>> {
  const {transform, index, guardrails} = release;
  const prompts = Object.entries(tasksOf(release)).map(
    ([task, {prompt}]) => [task, asInYaml(prompt)] as const,
  );
  return {
    model: flat(modelNames(release)),
    prompts: flat({tasks: Object.fromEntries(prompts)}),
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

/** One model for every task has no name in ratchet.yaml. */
function modelNames(release: Release): object {
  if (release.v === 1)
    return {
      base_model: modelInWords({...release.base, adapter: null}),
      adapter: release.adapter?.digest ?? null,
    };
  const models = Object.entries(modelsOf(release)).flatMap(([name, part]) => [
    [name, modelInWords(part)] as const,
    ...(isOpen(part) ? [[`${name}.adapter`, part.adapter?.digest ?? null] as const] : []),
  ]);
  const tasks = Object.entries(release.tasks).map(
    ([task, {model, fallback}]) => [task, {model, fallback}] as const,
  );
  return {models: Object.fromEntries(models), tasks: Object.fromEntries(tasks)};
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
