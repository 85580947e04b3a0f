import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig, Task} from '../../schemas/project.ts';
import type {InputTransform, PromptVersion} from '../../schemas/release.ts';
import {TRANSFORM_VERSION} from '../curation/transform.ts';
import {digestOf} from '../identity/digest.ts';
import {templateVariables} from './fill.ts';

/** What of a task its prompt depends on. */
type PromptSettings = Omit<Task, 'train' | 'golden_rows' | 'json_fields' | 'model' | 'fallback'>;

/**
 * One prompt version a task, as the project's YAML says. `date`: the day that the base's chat template shows, where it prints
 * one. Throws InvalidInput that names the task and the key.
 */
export function promptsFromConfig(
  config: {readonly tasks: Readonly<Record<string, PromptSettings>>},
  date?: string,
): Record<string, PromptVersion> {
  const frozen = date === undefined ? {} : {date};
  return Object.fromEntries(
    Object.entries(config.tasks).map(([name, task]) => [name, {...promptFromTask(name, task), ...frozen}]),
  );
}

/** The input transform of a release, under the declared version of its code. */
export function transformFromConfig(config: Pick<ProjectConfig, 'input' | 'curation'>): InputTransform {
  return {
    v: 1,
    format: config.input.format,
    fields: config.input.format === 'mail' ? ['subject', 'body'] : [...config.input.fields],
    pii: [...config.curation.pii].sort(),
    code: digestOf({transform: TRANSFORM_VERSION}),
  };
}

function promptFromTask(name: string, task: PromptSettings): PromptVersion {
  const wrong = (what: string): RatchetError =>
    new RatchetError(ErrorType.InvalidInput, `tasks.${name}.${what}`);
  const variables = templateVariables(task.prompt);
  const unknown = variables.find((variable) => !task.inputs.includes(variable));
  if (unknown !== undefined)
    throw wrong(`prompt: {{${unknown}}} is none of its inputs (${task.inputs.join(', ')})`);
  const unused = task.inputs.find((input) => !variables.includes(input));
  if (unused !== undefined && task.kind !== 'chat')
    throw wrong(`inputs: "${unused}" is not in the prompt; write {{${unused}}} where it belongs`);
  const trim = task.trim ?? task.inputs.at(-1)!;
  if (!task.inputs.includes(trim))
    throw wrong(`trim: "${trim}" is none of its inputs (${task.inputs.join(', ')})`);
  if (task.kind === 'classification' && !task.labels)
    throw wrong('labels: expected the names of the classes');
  if (task.target !== undefined && task.inputs.includes(task.target))
    throw wrong(`target: "${task.target}" is an input too, so the model would be shown its answer`);
  // Most vocabularies have a word with its leading space as one token, which is how a plain prompt goes on.
  const lead = task.format === 'plain' ? ' ' : '';
  return {
    v: 1,
    task: name,
    kind: task.kind,
    template: task.prompt,
    format: task.format,
    ...(task.system === undefined ? {} : {system: task.system}),
    inputs: [...task.inputs],
    trim,
    maxInputTokens: task.max_input_tokens,
    maxOutputTokens: task.max_output_tokens,
    temperature: task.temperature === 'default' ? null : task.temperature,
    stop: [...task.stop],
    ...(task.kind === 'classification'
      ? {choices: Object.fromEntries(task.labels!.map((label) => [label, lead + label]))}
      : {}),
    ...(task.label_aliases === undefined ? {} : {aliases: task.label_aliases}),
    ...(task.target === undefined ? {} : {target: task.target}),
  };
}
