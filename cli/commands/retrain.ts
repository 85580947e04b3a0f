import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {followRun} from '../follow-run.ts';
import {estimateLine} from '../onboarding/estimate-line.ts';
import {runEstimate} from '../onboarding/run-estimate.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {signedPolicy} from '../../stores/access/signed-policy.ts';
import {lifecycleOf, startRetrain} from '../start-retrain.ts';
import {withTemporal} from '../temporal.ts';
import {nobodyElse, whoMayApprove} from '../../runs/who-may-approve.ts';

interface RetrainOptions extends CommonOptions, WhoOptions {
  readonly detach?: boolean;
}

export function retrain(program: Command): void {
  define(program, 'retrain [project]', {
    what: "retrain now, with the live release's data, new records, and users' corrections; one at a time",
    examples: ['ratchet retrain', 'ratchet retrain mail --detach'],
  })
    .option('-d, --detach', 'return when it has been started')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: RetrainOptions) => {
        const project = chosenProject(named ?? options.project);
        const may = await whoMayApprove(project);
        const {project: name} = project.config;
        const stores = await projectStores(project);
        if ((await stores.pointers.read(name)) === null)
          throw new RatchetError(
            'InvalidInput',
            `${name} has no stable release yet: start with ratchet run ${name}`,
          );
        const by = await provedActor(project, stores, {act: 'retrain', key: options.key});
        await signedPolicy(project, stores);
        const warning = nobodyElse(project, may, by);
        if (warning !== undefined) say(warning);
        // What users corrected and sent meanwhile comes on top; it is little beside what the sources hold.
        const estimate = await runEstimate(project);
        if (estimate !== null)
          say(`a retrain, roughly: ${estimateLine(estimate, project.config.prices.currency)}`);
        return withTemporal(project, async (client) => {
          const started = await startRetrain(client, name, by);
          if (started.status === 'already_running') say(`a retrain of ${name} is going on already`);
          if (options.detach) {
            if (options.json) printJson({...started, estimate});
            else
              print(`${started.workflowId} ${started.status === 'started' ? 'is started' : 'is going on'}`);
            return Exit.done;
          }
          const run = await lifecycleOf(client, started.workflowId);
          say(`run ${run}`);
          return followRun(client, run, project, options, {estimate});
        });
      }),
    );
}
