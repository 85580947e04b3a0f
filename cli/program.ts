import {readFileSync} from 'node:fs';
import path from 'node:path';
import {Command} from 'commander';
import {visible} from '../telemetry/visible.ts';
import {PACKAGE_ROOT} from '../stack/own-program.ts';
import {withExamples} from './define.ts';

type Define = (program: Command) => void;

/** Every command, in the order of the help. Only the one that is called is loaded: Temporal's client alone takes .3 s. */
const COMMANDS: Readonly<Record<string, () => Promise<Define>>> = {
  init: async () => (await import('./commands/init.ts')).init,
  validate: async () => (await import('./commands/validate.ts')).validate,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  demo: async () => (await import('./demo/command.ts')).demo,
  up: async () => (await import('./commands/up.ts')).up,
  down: async () => (await import('./commands/down.ts')).down,
  versions: async () => (await import('./commands/versions.ts')).versions,
  run: async () => (await import('./commands/run.ts')).run,
  runs: async () => (await import('./commands/runs.ts')).runs,
  watch: async () => (await import('./commands/watch.ts')).watch,
  cancel: async () => (await import('./commands/cancel.ts')).cancel,
  keys: async () => (await import('./commands/keys.ts')).keys,
  'api-keys': async () => (await import('./commands/api-keys.ts')).apiKeys,
  approvals: async () => (await import('./commands/approvals.ts')).approvals,
  approve: async () => (await import('./commands/decide.ts')).approve,
  reject: async () => (await import('./commands/decide.ts')).reject,
  delegate: async () => (await import('./commands/delegate.ts')).delegate,
  policy: async () => (await import('./commands/policy.ts')).policy,
  promote: async () => (await import('./commands/promote.ts')).promote,
  abort: async () => (await import('./commands/promote.ts')).abort,
  feedback: async () => (await import('./commands/feedback.ts')).feedback,
  retrain: async () => (await import('./commands/retrain.ts')).retrain,
  monitor: async () => (await import('./commands/monitor.ts')).monitor,
  schedule: async () => (await import('./commands/schedule.ts')).schedule,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  retire: async () => (await import('./commands/retire.ts')).retire,
  gc: async () => (await import('./commands/gc.ts')).gc,
  releases: async () => (await import('./commands/releases.ts')).releases,
  datasets: async () => (await import('./commands/datasets.ts')).datasets,
  trace: async () => (await import('./commands/trace.ts')).trace,
  lineage: async () => (await import('./commands/lineage.ts')).lineage,
  report: async () => (await import('./commands/report.ts')).report,
  cost: async () => (await import('./commands/cost.ts')).cost,
  'store-rights': async () => (await import('./commands/store-rights.ts')).storeRights,
  codec: async () => (await import('./commands/codec.ts')).codec,
  audit: async () => (await import('./commands/audit.ts')).audit,
};

/**
 * The command line, with the command that is `asked` for, or with all of them. Errors of the call exit with 2, help and
 * version with 0.
 */
export async function ratchet(asked?: string): Promise<Command> {
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
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({outputError: (text, write) => write(visible(oneLine(text)))});
  const one = asked === undefined || !Object.hasOwn(COMMANDS, asked) ? undefined : COMMANDS[asked];
  for (const load of one ? [one] : Object.values(COMMANDS)) (await load())(program);
  return program;
}

/** `help run` is `run --help`; what is no command has no help, and is called as it stands to be told so. */
export function calledAs(args: readonly string[]): readonly string[] {
  const words = args[0] === 'help' && args.length > 1 ? [...args.slice(1), '--help'] : args;
  const [name] = words;
  if (name === undefined || name.startsWith('-') || name === 'help' || Object.hasOwn(COMMANDS, name))
    return words;
  return [name];
}

/** commander writes its suggestions on lines of their own. */
function oneLine(text: string): string {
  return `${text
    .trim()
    .replace(/^error: /, 'ratchet: ')
    .replace(/\s*\n\s*/g, ' ')}\n`;
}
