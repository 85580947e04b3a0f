import type {Client} from '@temporalio/client';
import {keyFingerprint} from '../core/identity/row-digest.ts';
import {isUngated} from '../core/releases/models.ts';
import {resolveProject} from '../models/resolve-project.ts';
import {taskQueue} from '../schemas/names.ts';
import type {FromStage, LifecycleInput} from '../schemas/stage.ts';
import type {Project} from '../stack/project-file.ts';
import type {Actor} from '../stores/access/actor.ts';
import {signedAct} from '../stores/access/sign-act.ts';
import type {Stores} from '../stores/stores.ts';
import {givenBefore} from './given-stages.ts';

/** A person's run goes before a scheduled one. */
const BY_HAND = 2;

export interface RunToBegin {
  readonly stores: Stores;
  readonly project: Project;
  readonly by: Actor;
  /** Its ID, by `newRunId`. */
  readonly run: string;
  /** The stage that it begins at, with what a former run made before it; missing: the first. */
  readonly from?: FromStage | undefined;
}

/** Starts the lifecycle of a run by hand. Throws WorkflowExecutionAlreadyStartedError where a run has this ID. */
export async function beginRun(client: Client, {stores, project, by, run, from}: RunToBegin): Promise<void> {
  const name = project.config.project;
  const whole = await runInput(stores, project, by);
  const unsigned: LifecycleInput =
    from === undefined ? whole : {...whole, given: await givenBefore(from, stores, project, whole.resolved)};
  const about = {run, settings: unsigned.resolved.sha256};
  const signed = signedAct(by.signing, {project: name, act: 'run', about});
  const input: LifecycleInput = signed === undefined ? unsigned : {...unsigned, signed};
  await client.workflow.start('lifecycle', {
    workflowId: run,
    taskQueue: taskQueue(name, 'workflow'),
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: `A candidate of ${name}, from data to traffic`,
    priority: {priorityKey: BY_HAND},
  });
}

/** What a run by hand is started with: the YAML as it is now, and the stable release's data as what it grows from. */
async function runInput(stores: Stores, project: Project, by: Actor): Promise<LifecycleInput> {
  const {config, folder} = project;
  const deployment = await stores.pointers.read(config.project);
  const stable = deployment && (await stores.registry.release(config.project, deployment.stable));
  const {ref} = await resolveProject(stores.artifacts, config, {
    folder,
    defaultModel: process.env['RATCHET_MODEL'],
    stable,
  });
  return {
    project: config.project,
    resolved: ref,
    startedBy: by.name,
    starterKey: by.key,
    reason: stable && !isUngated(stable) ? 'hand' : 'first',
    keyFingerprint: keyFingerprint(Buffer.from(project.rowKey, 'hex')),
    feedbackCut: null,
    parentDataset: stable?.createdFrom ?? null,
    priority: BY_HAND,
  };
}
