import type {Client} from '@temporalio/client';
import {keyFingerprint} from '../core/identity/row-digest.ts';
import {isUngated} from '../core/releases/models.ts';
import {resolveProject} from '../models/resolve-project.ts';
import {taskQueue} from '../schemas/names.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {Release} from '../schemas/release.ts';
import type {Given, LifecycleInput, RunPart} from '../schemas/stage.ts';
import type {Project} from '../stack/project-file.ts';
import type {Actor} from '../stores/access/actor.ts';
import {signedAct} from '../stores/access/sign-act.ts';
import type {Stores} from '../stores/stores.ts';
import {givenOfStable} from './given-of-stable.ts';
import {givenBefore} from './given-stages.ts';

/** A person's run goes before a scheduled one. */
const BY_HAND = 2;

export interface RunToBegin extends RunPart {
  readonly stores: Stores;
  readonly project: Project;
  readonly by: Actor;
  /** Its ID, by `newRunId`. */
  readonly run: string;
}

/** Starts the lifecycle of a run by hand. Throws WorkflowExecutionAlreadyStartedError where a run has this ID. */
export async function beginRun(
  client: Client,
  {stores, project, by, run, ...part}: RunToBegin,
): Promise<void> {
  const name = project.config.project;
  const {input: whole, stable} = await runInput(stores, project, by);
  const given = await givenFor(part, stable, {stores, project, resolved: whole.resolved});
  const unsigned: LifecycleInput = given === null ? whole : {...whole, given};
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
async function runInput(
  stores: Stores,
  project: Project,
  by: Actor,
): Promise<{readonly input: LifecycleInput; readonly stable: Release | null}> {
  const {config, folder} = project;
  const deployment = await stores.pointers.read(config.project);
  const stable = deployment && (await stores.registry.release(config.project, deployment.stable));
  const {ref} = await resolveProject(stores.artifacts, config, {
    folder,
    defaultModel: process.env['RATCHET_MODEL'],
    stable,
  });
  const input: LifecycleInput = {
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
  return {input, stable};
}

/** What the run takes over from a former one; null: nothing. */
function givenFor(
  {from, only}: RunPart,
  stable: Release | null,
  {
    stores,
    project,
    resolved,
  }: {readonly stores: Stores; readonly project: Project; readonly resolved: ArtifactRef},
): Promise<Given> | null {
  if (only !== undefined) return givenOfStable(stable, stores, project, resolved);
  return from === undefined ? null : givenBefore(from, stores, project, resolved);
}
