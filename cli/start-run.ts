import {randomInt} from 'node:crypto';
import type {Client} from '@temporalio/client';
import {keyFingerprint} from '../core/identity/row-digest.ts';
import {lifecycleWorkflowId, taskQueue} from '../schemas/names.ts';
import type {FromStage, LifecycleInput} from '../schemas/stage.ts';
import {resolveProject} from '../models/resolve-project.ts';
import type {Stores} from '../stores/stores.ts';
import {traceRun} from '../telemetry/run-trace.ts';
import type {Actor} from '../stores/access/actor.ts';
import {givenBefore} from '../runs/given-stages.ts';
import type {Project} from '../stack/project-file.ts';
import {signedAct} from '../stores/access/sign-act.ts';

/** A person's run goes before a scheduled one. */
const BY_HAND = 2;

/** Starts a lifecycle run of a project by hand, `from` a stage with what a former run made before it; returns its ID. */
export async function startRun(
  client: Client,
  stores: Stores,
  project: Project,
  by: Actor,
  from?: FromStage,
): Promise<string> {
  const name = project.config.project;
  const whole = await runInput(stores, project, by);
  const unsigned: LifecycleInput =
    from === undefined ? whole : {...whole, given: await givenBefore(from, stores, project, whole.resolved)};
  const workflowId = lifecycleWorkflowId(name, compact(new Date()), randomEnd());
  const about = {run: workflowId, settings: unsigned.resolved.sha256};
  const signed = signedAct(by.signing, {project: name, act: 'run', about});
  const input: LifecycleInput = signed === undefined ? unsigned : {...unsigned, signed};
  await traceRun(client, {project: name, run: workflowId}, (traced) =>
    traced.workflow.start('lifecycle', {
      workflowId,
      taskQueue: taskQueue(name, 'workflow'),
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `A candidate of ${name}, from data to traffic`,
      priority: {priorityKey: BY_HAND},
    }),
  );
  return workflowId;
}

/** What a run by hand is started with: the YAML as it is now, and the stable release's data as what it grows from. */
export async function runInput(stores: Stores, project: Project, by: Actor): Promise<LifecycleInput> {
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
    reason: stable?.adapter ? 'hand' : 'first',
    keyFingerprint: keyFingerprint(Buffer.from(project.rowKey, 'hex')),
    feedbackCut: null,
    parentDataset: stable?.createdFrom ?? null,
    priority: BY_HAND,
  };
}

/** `20021203T114636Z` */
function compact(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-:]/g, '') + 'Z';
}

/** Six letters and digits that cannot be misread. */
function randomEnd(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  return Array.from({length: 6}, () => letters[randomInt(letters.length)]).join('');
}
