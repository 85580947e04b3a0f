import {Context, toValueSync, type Emitter, type Liquid, type Template, type Token} from 'liquidjs';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {PromptArtifact} from '../../../schemas/prompt-file.ts';
import type {PromptRole} from '../../../schemas/prompt-file/names.ts';
import {BOUNDS} from './bounds.ts';
import {checkTemplate, type Meaning} from './check-template.ts';
import {delimited, defuse} from './defuse.ts';
import {TEMPLATE_FILTERS, TEMPLATE_TAGS, templateLanguage} from './language.ts';
import {safeJson} from './safe-json.ts';

/** Where something is wrong in a prompt: in message `message`, from 0, or in a partial. Lines and columns count from 1. */
export interface CompileProblem {
  readonly message: number;
  /** `_signature.prompt.md`; missing: the message itself. */
  readonly partial?: string;
  readonly line: number;
  readonly column: number;
  readonly says: string;
}

/** A prompt whose templates are parsed and checked. */
export interface CompiledPrompt {
  readonly problems: readonly CompileProblem[];
  /** Inputs that no template uses; none where a template could not be read. */
  readonly unusedInputs: readonly string[];
  /** Partials that are rendered, directly or by others. */
  readonly usedPartials: readonly string[];
  /** The text of each message. Throws InvalidInput where a bound is passed or a value lacks what a template reads. */
  readonly render: (
    values: Readonly<Record<string, unknown>>,
  ) => {readonly role: PromptRole; readonly content: string}[];
}

type Compilable = Pick<PromptArtifact, 'name' | 'inputs' | 'messages' | 'partials'>;

/** Parses and checks the templates of a prompt, in time by their length. Throws nothing: what is wrong is in `problems`. */
export function compilePrompt(prompt: Compilable): CompiledPrompt {
  const used = new Set<string>();
  const usedPartials = new Set<string>();
  const liquid = templateLanguage(prompt.partials, (name) => usedPartials.add(name));
  const scope = new Map(
    Object.entries(prompt.inputs).map(([name, input]): [string, Meaning] => [
      name,
      {from: input.trusted ? null : name, shape: input, used: () => used.add(name)},
    ]),
  );
  const write = writer(prompt);
  const problems: CompileProblem[] = [];
  let parsed = true;
  const messages = prompt.messages.map(({role, template}, message) => {
    let templates: Template[] = [];
    try {
      templates = liquid.parse(template);
      for (const {token, file, message: says} of checkTemplate(templates, scope, write, liquid))
        problems.push({...placeOf(token, file), message, says});
    } catch (error) {
      parsed = false;
      problems.push({...problemOf(error), message});
    }
    return {role, templates};
  });
  return {
    problems: [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()],
    unusedInputs: parsed ? Object.keys(prompt.inputs).filter((name) => !used.has(name)) : [],
    usedPartials: [...usedPartials].sort(),
    render: (values) => renderAll(prompt.name, liquid, messages, values),
  };
}

/** Untrusted text in its delimiter; lists and objects as JSON, in which there is no tag. */
function writer({inputs}: Compilable): (value: unknown, from: string | null) => string {
  const names = Object.keys(inputs);
  return (value, from) => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    const text = typeof value === 'string' ? value : safeJson(value);
    if (from === null) return text;
    return inputs[from]?.delimit === false
      ? defuse(text, names, {goesOn: true})
      : delimited(from, text, names);
  };
}

function renderAll(
  name: string,
  liquid: Liquid,
  messages: readonly {readonly role: PromptRole; readonly templates: Template[]}[],
  values: Readonly<Record<string, unknown>>,
): {role: PromptRole; content: string}[] {
  const steps = new StepLimit();
  let left: number = BOUNDS.outputChars;
  const context = new Context(values, liquid.options, {sync: true}, {renderLimit: steps as never, liquid});
  return messages.map(({role, templates}, message) => {
    const emitter = new BoundedText(left);
    try {
      toValueSync(liquid.renderer.renderTemplates(templates, context, emitter));
    } catch (error) {
      const {partial, line, column, says} = problemOf(error);
      const where = `${partial ?? `message ${message + 1} (${role})`}:${line}:${column}`;
      throw new RatchetError(ErrorType.InvalidInput, `prompt "${name}", ${where}: ${says}`);
    }
    left -= emitter.buffer.length;
    return {role, content: emitter.buffer};
  });
}

/** In the place of liquidjs's limit by time, which differs by machine; it is asked before each text, output and tag. */
class StepLimit {
  #left: number = BOUNDS.steps;
  check(): void {
    if (this.#left-- <= 0)
      throw new Error(`expected at most ${BOUNDS.steps} steps to render, got more: shorten a loop`);
  }
}

class BoundedText implements Emitter {
  buffer = '';
  readonly #most: number;
  constructor(most: number) {
    this.#most = most;
  }
  write(text: string): void {
    this.buffer += text;
    if (this.buffer.length > this.#most)
      throw new Error(
        `expected at most ${BOUNDS.outputChars} characters of prompt, got more: shorten a loop or a value`,
      );
  }
}

function placeOf(token: Token, file = token.file): Pick<CompileProblem, 'partial' | 'line' | 'column'> {
  const [line, column] = token.getPosition() as [number, number];
  return {...(file === undefined ? {} : {partial: file}), line, column};
}

/** liquidjs's errors say the place twice; a bound's name nothing that one can do. */
function problemOf(error: unknown): Pick<CompileProblem, 'partial' | 'line' | 'column' | 'says'> {
  const {token, message} = error as {token?: Token; message: string};
  if (error instanceof RangeError || token === undefined)
    return {line: 1, column: 1, says: `expected a template without deep nesting, got: ${message}`};
  return {
    ...placeOf(token),
    says: worded(message.replace(/(, file:\S*)?, line:\d+, col:\d+$/, ''), token.getText()),
  };
}

function worded(message: string, written: string): string {
  if (message.startsWith('expected ')) return message;
  if (message === 'parse length limit exceeded')
    return `expected at most ${BOUNDS.templateChars} characters of templates, partials counted as often as they are rendered, got more`;
  if (message === 'memory alloc limit exceeded')
    return `expected at most ${BOUNDS.work} characters and members to be looked at, got more: shorten a loop or a value`;
  // Not liquidjs's own words: a key in brackets is a value, which may be anybody's.
  if (message.startsWith('undefined variable: ')) return `expected a value for "${written}", got none`;
  const unknownTag = /^tag "(.*)" not found$/s.exec(message)?.[1];
  if (unknownTag !== undefined)
    return `expected one of the tags ${TEMPLATE_TAGS.join(', ')}, got {% ${unknownTag} %}`;
  const unknownFilter = /^undefined filter: (.*)$/s.exec(message)?.[1];
  if (unknownFilter !== undefined)
    return `expected one of the filters ${TEMPLATE_FILTERS.join(', ')}, got "${unknownFilter}"`;
  const open = /^tag \{%-?\s*(\w+).* not closed$/s.exec(message)?.[1];
  if (open !== undefined) return `expected {% end${open} %} in this message, got none`;
  return `expected a template, got: ${message.replace(/\s+/g, ' ')}`;
}
