import {WorkflowNotFoundError} from '@temporalio/client';
import type {Client} from '@temporalio/client';
import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {findRun, projectOfRun} from '../find-run.ts';
import {Exit, print, printJson} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {withTemporal} from '../temporal.ts';

/** A trainer may save a checkpoint before it ends. */
const WITHIN_MS = 90_000;

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
        const audited = async (): Promise<void> => {
          const signed = by.sign({run: id});
          const data = {run: id, ...(signed === undefined ? {proof: 'unsigned'} : {proof: 'signed', signed})};
          await stores.audit(name).append({kind: 'cancel', actor: by.name, data});
        };
        const status = await withTemporal(project, (client) => cancelled(client, id, audited));
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

/** Audits and asks for the cancellation and waits for the run's end. Returns its status; RUNNING if it takes longer. */
async function cancelled(client: Client, id: string, audited: () => Promise<void>): Promise<string> {
  const handle = client.workflow.getHandle(id);
  try {
    const before = (await handle.describe()).status.name;
    if (before !== 'RUNNING') return before;
    await audited();
    await handle.cancel();
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      const {status} = await handle.describe();
      if (status.name !== 'RUNNING' || Date.now() > deadline) return status.name;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new RatchetError('InvalidInput', `Temporal knows no run "${id}": \`ratchet runs\` lists them`, {
      cause: error,
    });
  }
}
