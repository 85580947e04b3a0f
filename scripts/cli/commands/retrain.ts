import {randomBytes} from 'node:crypto';
import type {Client} from '@temporalio/client';
import type {Command} from 'commander';
import {retrainWorkflowId, taskQueue} from '../../../schemas/names.ts';
import type {RetrainInput, RetrainStarted} from '../../../schemas/retrain.ts';
import {RatchetError} from '../../../schemas/errors.ts';
import {openStores} from '../../../stores/stores.ts';
import type {Actor} from '../actor.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {followRun} from '../follow-run.ts';
import {Exit, print, printJson, say} from '../output.ts';
import {chosenProject} from '../project.ts';
import {provedActor} from '../proved-actor.ts';
import {signedPolicy} from '../signed-policy.ts';
import {signedAct} from '../sign-act.ts';
import {withTemporal} from '../temporal.ts';
import {nobodyElse, whoMayApprove} from '../who-may-approve.ts';

interface RetrainOptions extends CommonOptions, WhoOptions {
  readonly detach?: boolean;
}

/** The retrain reads settings and pointers before its run begins. */
const BEGINS_WITHIN_MS = 120_000;

export function retrain(program: Command): void {
  define(program, 'retrain [project]', {
    what: "retrain by hand: the live release's data, new records, and users' corrections; one at a time, whoever asks",
    examples: ['ratchet retrain', 'ratchet retrain mail --detach'],
  })
    .option('-d, --detach', 'return when it has been started')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: RetrainOptions) => {
        const project = chosenProject(named ?? options.project);
        const may = await whoMayApprove(project);
        const {project: name} = project.config;
        const stores = await openStores(project.store);
        if ((await stores.pointers.read(name)) === null)
          throw new RatchetError(
            'InvalidInput',
            `${name} has no stable release yet: start with ratchet run ${name}`,
          );
        const by = await provedActor(project, stores, {act: 'retrain', key: options.key});
        await signedPolicy(project, stores);
        const warning = nobodyElse(project, may, by);
        if (warning !== undefined) say(warning);
        return withTemporal(project, async (client) => {
          const started = await start(client, name, by);
          if (started.status === 'already_running') say(`a retrain of ${name} is going on already`);
          if (options.detach) {
            if (options.json) printJson(started);
            else
              print(`${started.workflowId} ${started.status === 'started' ? 'is started' : 'is going on'}`);
            return Exit.done;
          }
          const run = await lifecycleOf(client, started.workflowId);
          say(`run ${run}`);
          return followRun(client, run, options);
        });
      }),
    );
}

async function start(client: Client, project: string, by: Actor): Promise<RetrainStarted> {
  const workflowId = `start-${retrainWorkflowId(project)}/${randomBytes(4).toString('hex')}`;
  const signed = signedAct(by.signing, {project, act: 'retrain', about: {request: workflowId}});
  const input: RetrainInput = {
    ...{project, reason: 'hand', startedBy: by.name, starterKey: by.key},
    ...(signed === undefined ? {} : {signed}),
  };
  return client.workflow.execute<(input: RetrainInput) => Promise<RetrainStarted>>('startRetrain', {
    workflowId,
    taskQueue: taskQueue(project, 'workflow'),
    args: [input],
    staticSummary: `Retrain of ${project} by hand`,
  });
}

/** The lifecycle run that a retrain has begun. */
async function lifecycleOf(client: Client, workflowId: string): Promise<string> {
  const deadline = Date.now() + BEGINS_WITHIN_MS;
  for (;;) {
    const {raw, status} = await client.workflow.getHandle(workflowId).describe();
    const child = raw.pendingChildren?.find((one) => one.workflowId?.startsWith('lifecycle/'));
    if (child?.workflowId) return child.workflowId;
    if (status.name !== 'RUNNING' || Date.now() > deadline)
      throw new RatchetError(
        'Unavailable',
        `${workflowId} has begun no run: see it in the Temporal UI, or \`ratchet runs\``,
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
