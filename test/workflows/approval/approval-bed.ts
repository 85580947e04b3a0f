import {generateKeyPairSync} from 'node:crypto';
import type {KeyObject} from 'node:crypto';
import {WorkflowUpdateFailedError} from '@temporalio/client';
import type {WorkflowHandle} from '@temporalio/client';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {ApplicationFailure} from '@temporalio/common';
import {afterEach, beforeAll, expect} from 'vitest';
import * as approvalActivities from '../../../activities/approval/decide.ts';
import {keyId, rawPublicKey} from '../../../core/approval/signature.ts';
import type {ApprovalInput, ApprovalResult, Approver, DecisionPayload} from '../../../schemas/approval.ts';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {DECIDE, STANDING} from '../../../schemas/messages.ts';
import type {ApprovalStanding, DecideReply, StandingArgument} from '../../../schemas/messages.ts';
import {approvalWorkflowId} from '../../../schemas/names.ts';
import {projectOf, registered} from '../project-of.ts';
import type {TestProject} from '../project-of.ts';
import {bundleOf, newProject, startWorkers} from '../workers-of.ts';
import type {TestWorkers} from '../workers-of.ts';

export interface Handle extends WorkflowHandle<(input: ApprovalInput) => Promise<ApprovalResult>> {
  readonly firstExecutionRunId: string;
}

export interface Person {
  readonly name: string;
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

export function person(name: string): Person {
  const {privateKey, publicKey} = generateKeyPairSync('ed25519');
  const raw = rawPublicKey(publicKey);
  return {name, id: keyId(raw), privateKey, publicKey: raw};
}

export const anna = person('anna');
export const ben = person('ben');
export const viewer = person('vera');
export const stranger = person('mallory');
export const digests = {release: 'a1'.repeat(32), dataset: 'b2'.repeat(32), report: 'c3'.repeat(32)};
export const asApprover = ({name, publicKey}: Person, ...roles: Approver['roles']): Approver => ({
  name,
  key: `ed25519:${Buffer.from(publicKey).toString('base64')}`,
  roles: roles.length > 0 ? roles : ['approver'],
});

/** What a test of the approval has around it: its workflow, real activities on a real store, the people of the project. */
class ApprovalBed {
  bundle!: WorkflowBundleWithSourceMap;
  workers!: TestWorkers;
  project!: TestProject;

  /** An approval that waits, and what anna would sign to approve it. `before` it is asked for. */
  async ask(
    change: Partial<ApprovalInput> = {},
    people: Approver[] = [asApprover(anna), asApprover(ben), asApprover(viewer, 'viewer')],
    before?: (runId: string, project: string) => Promise<void>,
  ): Promise<{handle: Handle; payload: DecisionPayload; input: ApprovalInput}> {
    const name = newProject();
    this.project = await projectOf(name);
    await this.configure(people);
    this.workers = await startWorkers({
      bundle: this.bundle,
      project: name,
      activities: () =>
        registered(approvalActivities, {
          ...this.project.context,
          client: () => Promise.resolve(this.workers.client),
        }),
    });
    const {client, queue} = this.workers;
    const input: ApprovalInput = {
      project: name,
      runId: `lifecycle/${name}/x`,
      digests,
      verdict: 'pass',
      startedBy: 'someone',
      starterKey: '',
      required: 1,
      starterMayApprove: false,
      timeoutMs: 3_600_000,
      reminderMs: 1_800_000,
      ...change,
    };
    await before?.(input.runId, name);
    // As the child of its run.
    await client.workflow.execute('lifecycle', {taskQueue: queue, workflowId: input.runId, args: [input]});
    const child = client.workflow.getHandle<(input: ApprovalInput) => Promise<ApprovalResult>>(
      approvalWorkflowId(input.runId),
    );
    const {runId} = await child.describe();
    const handle: Handle = {...child, firstExecutionRunId: runId};
    const payload: DecisionPayload = {
      v: 1,
      project: name,
      action: 'approve',
      digests,
      run: handle.firstExecutionRunId,
      key: anna.id,
      comment: 'looks right',
      expiry: new Date(Date.now() + 3_600_000).toISOString(),
    };
    return {handle, payload, input};
  }

  async tearDown(): Promise<void> {
    await this.workers.stop();
    await this.project.remove();
  }

  configure(approvers: Approver[]): Promise<void> {
    return this.project.write({approval: {approvers}});
  }

  audited(): Promise<AuditEntry[]> {
    return this.project.audited();
  }

  /** Names of those whose decisions the audit chain holds. */
  async counted(): Promise<string[]> {
    return (await this.audited()).filter(({kind}) => kind === 'decision').map(({actor}) => actor);
  }
}

/** A bed for the calling file; what `ask` made is gone after each test. */
export function approvalBed(): ApprovalBed {
  const bed = new ApprovalBed();
  beforeAll(async () => {
    bed.bundle = await bundleOf('approval');
  }, 120_000);
  afterEach(() => bed.tearDown());
  return bed;
}

/** Sends with Temporal's own client, as anybody could. */
export const update = (handle: Handle, argument: unknown): Promise<DecideReply> =>
  handle.executeUpdate<DecideReply, [unknown]>(DECIDE, {args: [argument]});

export async function refusal(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(
    () => new Error('it was accepted'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  const cause = (error as WorkflowUpdateFailedError).cause;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect((cause as ApplicationFailure).type).toBe('DecisionRefused');
  return (cause as ApplicationFailure).message;
}

export const standing = (handle: Handle, ...asked: [StandingArgument?]): Promise<ApprovalStanding> =>
  handle.query<ApprovalStanding, [StandingArgument?]>(STANDING, ...asked);

export const status = async (handle: Handle): Promise<string> => (await handle.describe()).status.name;
