import {Option} from 'commander';
import type {Command} from 'commander';
import {readyToStart} from '../../runs/ready-to-start.ts';
import {FROM_STAGES, ONLY_PARTS, type FromStage, type OnlyPart} from '../../schemas/stage.ts';
import {bringUpDetached} from '../../stack/bring-up.ts';
import {liveFor} from '../../stack/live-stack.ts';
import {externalTemporal} from '../../stack/temporal.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {followRun} from '../follow-run.ts';
import {estimateLine} from '../onboarding/estimate-line.ts';
import {runEstimate} from '../onboarding/run-estimate.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';
import {startRun} from '../start-run.ts';
import {withTemporal} from '../temporal.ts';

interface RunOptions extends CommonOptions, WhoOptions {
  readonly detach?: boolean;
  readonly from?: FromStage;
  readonly only?: OnlyPart;
}

export function run(program: Command): void {
  define(program, 'run [project]', {
    what: 'estimate a run, start it, and follow the candidate through the lifecycle; Ctrl-C leaves it running',
    examples: [
      'ratchet run',
      'ratchet run examples/mail --detach',
      'ratchet run --from gauntlet',
      'ratchet run --only prompts',
    ],
  })
    .option('-d, --detach', 'print the run and return')
    .addOption(
      new Option(
        '--from <stage>',
        'begin at this stage, with the dataset (and for the gauntlet the adapter) of the last run; new rows and changed settings of earlier stages are not used',
      ).choices(FROM_STAGES),
    )
    .addOption(
      new Option(
        '--only <part>',
        'keep the data and the adapter of the stable release, and judge the changed prompts; an edited prompt otherwise trains again, since rows are rendered with it',
      )
        .choices(ONLY_PARTS)
        .conflicts('from'),
    )
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: RunOptions) => {
        const project = chosenProject(named ?? options.project);
        const {key, from, only} = options;
        const {stores, by} = await readyToStart(project, {key, part: {from, only}, warn: say});
        // Of a part nothing is said: its rows and adapter are the last run's, not those that an estimate would look at.
        const estimate = (from ?? only) === undefined ? await runEstimate(project) : null;
        if (estimate !== null)
          say(`a whole run, roughly: ${estimateLine(estimate, project.config.prices.currency)}`);
        const live = liveFor(project);
        if (live || !externalTemporal()) {
          if (live?.status !== 'ready')
            say(`the stack of ${project.config.project} is not up: starting it; \`ratchet down\` stops it`);
          // One that is up is left as it is, also where it is of other code; then that is said.
          await bringUpDetached(project, {say, withinMs: 180_000});
        }
        return withTemporal(project, async (client) => {
          const id = await startRun(client, stores, project, by, {from, only});
          if (options.detach) {
            if (options.json) printJson({run: id, status: 'detached', estimate});
            else print(id);
            return Exit.done;
          }
          say(`run ${id}, started by ${by.name}`);
          const ui = liveFor(project)?.ui;
          if (ui)
            say(
              `in the Temporal UI: ${ui}/namespaces/${client.options.namespace}/workflows/${encodeURIComponent(id)}`,
            );
          return followRun(client, id, project, options, {estimate});
        });
      }),
    );
}
