import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {PromptArtifact} from '../../../schemas/prompt-file.ts';
import type {PromptRole} from '../../../schemas/prompt-file/names.ts';
import {compilePrompt, type CompiledPrompt} from './compile.ts';
import {inputValues} from './input-values.ts';

export interface PromptFileMessage {
  readonly role: PromptRole;
  readonly content: string;
}

/** A row of the artifact's `examples` as the model is shown it. */
export interface ExamplePair {
  /** The row's id. */
  readonly row: string;
  readonly user: string;
  readonly assistant: string;
}

/** Compiling takes longer than rendering; an artifact never changes. */
const compiled = new WeakMap<PromptArtifact, CompiledPrompt>();

/**
 * The messages of a prompt for these values: the same values give the same bytes. `examples` are those that the artifact names, in
 * its order; they come behind the system message. Untrusted values are written in their delimiters (defuse.ts), and no value is
 * ever read as a template or as a heading.
 *
 * Throws InvalidInput for values that do not fit the inputs, for other examples than the artifact's, for an artifact whose templates
 * are none, and where a bound (bounds.ts) is passed.
 * @example renderPromptFile(artifact, {subject: 'Hi'}).messages // [{role: 'user', content: 'Sort: <subject>Hi</subject>'}]
 */
export function renderPromptFile(
  artifact: PromptArtifact,
  values: Readonly<Record<string, unknown>>,
  {examples = []}: {readonly examples?: readonly ExamplePair[]} = {},
): {readonly messages: readonly PromptFileMessage[]} {
  const prompt = compiledOnce(artifact);
  checkExamples(artifact, examples);
  const messages = prompt.render(inputValues(artifact, values));
  const start = messages[0]?.role === 'system' ? 1 : 0;
  const shown = examples.flatMap(({user, assistant}): PromptFileMessage[] => [
    {role: 'user', content: user},
    {role: 'assistant', content: assistant},
  ]);
  return {messages: [...messages.slice(0, start), ...shown, ...messages.slice(start)]};
}

/** Throws InvalidInput for an artifact, as one from a registry, whose templates are none or use what it does not declare. */
export function checkPromptArtifact(artifact: PromptArtifact): void {
  compiledOnce(artifact);
}

function compiledOnce(artifact: PromptArtifact): CompiledPrompt {
  const known = compiled.get(artifact);
  if (known !== undefined) return known;
  const prompt = compilePrompt(artifact);
  const [first] = prompt.problems;
  if (first !== undefined) {
    const {message, partial, line, column, says} = first;
    const where = partial ?? `message ${message + 1} (${artifact.messages[message]!.role})`;
    throw new RatchetError(
      ErrorType.InvalidInput,
      `prompt "${artifact.name}", ${where}:${line}:${column}: ${says}`,
    );
  }
  compiled.set(artifact, prompt);
  return prompt;
}

function checkExamples({name, examples: named}: PromptArtifact, given: readonly ExamplePair[]): void {
  const [rows, came] = [named?.rows ?? [], given.map(({row}) => row)];
  if (rows.length === came.length && rows.every((row, i) => row === came[i])) return;
  throw new RatchetError(
    ErrorType.InvalidInput,
    `examples of prompt "${name}": expected ${rows.length === 0 ? 'none' : `the rows ${rows.join(', ')}`}, got ${came.join(', ') || 'none'}`,
  );
}
