import {readFileSync} from 'node:fs';
import path from 'node:path';
import {Command} from 'commander';
import {PACKAGE_ROOT} from '../stack/own-program.ts';
import {audit} from './commands/audit.ts';
import {cancel} from './commands/cancel.ts';
import {datasets} from './commands/datasets.ts';
import {approve, reject} from './commands/decide.ts';
import {down} from './commands/down.ts';
import {keys} from './commands/keys.ts';
import {lineage} from './commands/lineage.ts';
import {releases} from './commands/releases.ts';
import {report} from './commands/report.ts';
import {rollback} from './commands/rollback.ts';
import {run} from './commands/run.ts';
import {runs} from './commands/runs.ts';
import {trace} from './commands/trace.ts';
import {up} from './commands/up.ts';
import {watch} from './commands/watch.ts';

/** Every command, in the order of the help. */
const COMMANDS = [
  up,
  down,
  run,
  runs,
  watch,
  cancel,
  keys,
  approve,
  reject,
  rollback,
  releases,
  datasets,
  trace,
  lineage,
  report,
  audit,
];

/** The command line as a whole. Errors of the call exit with 2, help and version with 0. */
export function ratchet(): Command {
  const {version} = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const program = new Command('ratchet')
    .description(
      'Every change to what answers your users is a candidate release that goes through the same gates.',
    )
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({outputError: (text, write) => write(oneLine(text))});
  for (const command of COMMANDS) command(program);
  return program;
}

/** commander writes its suggestions on lines of their own. */
function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error: /, 'ratchet: ')
    .replace(/\s*\n\s*/g, ' ')}\n`;
}
