import {asTyped} from './own-command.ts';
import type {Command} from 'commander';
import {explain} from './failure.ts';
import {say} from './output.ts';
import type {Exit} from './output.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly project?: string;
}

/**
 * One command: what it does, an example for its help, --json and --project, and an action that returns its exit code.
 * The positional arguments are part of `usage`, as in `watch <run>`.
 */
export function define(
  program: Command,
  usage: string,
  options: {
    readonly what: string;
    readonly examples: readonly string[];
    readonly project?: false;
    readonly json?: false;
  },
): Command {
  const command = withExamples(program.command(usage), options.examples).description(options.what);
  if (options.json !== false) command.option('--json', 'print the result as one JSON document');
  return options.project === false
    ? command
    : command.option('-p, --project <project>', "a project's name, folder or YAML file");
}

/** Commands under one word, as `keys list` and `keys create`. */
export function group(
  program: Command,
  name: string,
  {what, examples}: {readonly what: string; readonly examples: readonly string[]},
): Command {
  return withExamples(program.command(name), examples).description(what);
}

/** A help that ends with calls to copy. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((line) => `  $ ${line}`).join('\n');
  return command.addHelpText('after', `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${lines}\n`);
}

/** Whose call it is, where a person has several keys. */
export interface WhoOptions {
  readonly key?: string;
}
export const WHO_OPTION = [
  '-k, --key <name>',
  'the key that identifies you, if you have several (`ratchet keys list`)',
] as const;

/** Wraps an action: its exit code becomes the process's, its errors one line on standard error. */
export function acting<A extends unknown[]>(
  action: (...args: A) => Promise<Exit>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = await action(...args);
    } catch (error) {
      const {text, code} = explain(error);
      if (text !== '') say(asTyped(`ratchet: ${text}`));
      process.exitCode = code;
    }
  };
}
