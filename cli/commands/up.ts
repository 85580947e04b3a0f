import type {Command} from 'commander';
import {InvalidArgumentError} from 'commander';
import {openStores} from '../../stores/stores.ts';
import {bringUpDetached, bringUpHere} from '../../stack/bring-up.ts';
import type {StackState} from '../../stack/stack-file.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';

interface UpOptions extends CommonOptions {
  readonly detach?: boolean;
  readonly timeout: number;
}

export function up(program: Command): void {
  define(program, 'up [project]', {
    what: 'start the local stack (Temporal, engines, workers, gateway) and keep it running; a stack of other code is restarted with this code',
    examples: ['ratchet up', 'ratchet up examples/mail --detach'],
  })
    .option('-d, --detach', 'return when everything answers; the stack runs until `ratchet down`')
    .option('--timeout <seconds>', 'fail if a part does not answer by then', seconds, 180)
    .action(
      acting(async (named: string | undefined, options: UpOptions) => {
        const project = chosenProject(named ?? options.project);
        await (await openStores(project.store)).objects.probe();
        const how = {say, withinMs: options.timeout * 1000, upgrade: true};
        if (options.detach || options.json) {
          const {state, already} = await bringUpDetached(project, how);
          if (already) say(`the stack of ${state.project} is already up`);
          report(state, options);
          return Exit.done;
        }
        const supervisor = await bringUpHere(project, how);
        if ('already' in supervisor) {
          say(`the stack of ${supervisor.already.project} is already up`);
          report(supervisor.already, options);
          return Exit.done;
        }
        report(supervisor.state(), options);
        say('Ctrl-C ends it; `ratchet up --detach` would leave it running');
        await interrupted();
        say('stopping');
        await supervisor.stop();
        return Exit.done;
      }),
    );
}

function report(state: StackState, options: CommonOptions): void {
  if (options.json) return printJson(state);
  const lines = [
    state.ui === null ? undefined : `Temporal UI  ${state.ui}`,
    `Temporal     ${state.temporal}`,
    state.codec === undefined ? undefined : `its codec    ${state.codec}`,
    `gateway      ${state.gateway}/v1`,
    state.admin === undefined ? undefined : `its health   ${state.admin}/healthz`,
    ...state.engines.map((url, i) => `engine ${i + 1}     ${url}`),
  ];
  for (const line of lines) if (line !== undefined) print(line);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => resolve());
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected seconds, a number above 0');
}
