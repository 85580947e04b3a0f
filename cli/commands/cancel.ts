import type {Command} from 'commander';
import {requestCancel} from '../../runs/request-cancel.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {findRun, projectOfRun} from '../find-run.ts';
import {Exit, print, printJson} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {withTemporal} from '../temporal.ts';

export function cancel(program: Command): void {
  define(program, 'cancel <run>', {
    what: 'cancel a run; a stage that another run waits for continues',
    examples: ['ratchet cancel lifecycle/mail/20021203T114636Z-k3f9qa', 'ratchet cancel k3f9qa'],
  })
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string, options: CommonOptions & WhoOptions) => {
        const project = chosenProject(options.project ?? projectOfRun(named));
        const stores = await projectStores(project);
        const {project: name} = project.config;
        const id = await findRun(stores, name, named);
        const by = await provedActor(project, stores, {act: 'cancel', key: options.key});
        const status = await withTemporal(project, (client) =>
          requestCancel(client, {stores, project: name, by, run: id}),
        );
        if (options.json) printJson({run: id, status});
        else
          print(
            status === 'CANCELLED'
              ? `${id} is cancelled`
              : `${id} was not cancelled: it is ${status.toLowerCase()}`,
          );
        return status === 'CANCELLED' ? Exit.done : Exit.failed;
      }),
    );
}
