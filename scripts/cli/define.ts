import type {Command} from 'commander';
import {explain} from './failure.ts';
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
  const command = program
    .command(usage)
    .description(options.what)
    .addHelpText(
      'after',
      `\n${options.examples.length > 1 ? 'Examples' : 'Example'}:\n${options.examples.map((line) => `  $ ${line}`).join('\n')}\n`,
    );
  if (options.json !== false) command.option('--json', 'print the result as one JSON document');
  return options.project === false
    ? command
    : command.option('-p, --project <project>', "a project's name, folder or YAML file");
}

/** Wraps an action: its exit code becomes the process's, its errors one line on standard error. */
export function acting<A extends unknown[]>(
  action: (...args: A) => Promise<Exit>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = await action(...args);
    } catch (error) {
      const {text, code} = explain(error);
      if (text !== '') process.stderr.write(`ratchet: ${text}\n`);
      process.exitCode = code;
    }
  };
}
