import {readFileSync} from 'node:fs';
import path from 'node:path';
import {Command} from 'commander';
import {visible} from '../telemetry/visible.ts';
import {COMMANDS} from './commands.ts';
import {PACKAGE_ROOT} from '../stack/own-program.ts';
import {withExamples} from './define.ts';

/**
 * The command line with the command that is `asked` for. Without one it has the names and summaries alone, for the help, or
 * with `whole` every command. Errors of the call exit with 2, help and version with 0.
 */
export async function ratchet(
  asked?: string,
  {whole = false}: {readonly whole?: boolean} = {},
): Promise<Command> {
  const {version} = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const program = withExamples(new Command('ratchet'), [
    'ratchet demo --small',
    'ratchet run examples/mail',
    'ratchet help run',
  ])
    .description(
      'Every change to what answers your users is a candidate release that goes through the same gates.',
    )
    .version(version)
    // What stands behind a command is its own, where commands above it have options of the same name.
    .enablePositionalOptions()
    .helpCommand(false)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({outputError: (text, write) => write(visible(oneLine(text)))});
  for (const [group, commands] of Object.entries(COMMANDS)) {
    for (const {name, summary, load} of commands) {
      if (whole || name === asked) (await load())(program);
      else if (!isCommand(asked)) program.command(name).summary(summary).helpGroup(`${group}:`);
    }
  }
  return program;
}

/** `help run` is `run --help`; what is no command has no help, and is called as it stands to be told so. */
export function calledAs(args: readonly string[]): readonly string[] {
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const [name] = words;
  if (name === undefined || name.startsWith('-') || isCommand(name)) return words;
  return [name];
}

function isCommand(name: string | undefined): boolean {
  return Object.values(COMMANDS).some((commands) => commands.some((command) => command.name === name));
}

/** commander writes its suggestions on lines of their own. */
function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error: /, 'ratchet: ')
    .replace(/\s*\n\s*/g, ' ')}\n`;
}
