import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import type {WorkflowHandle} from '@temporalio/client';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, beforeEach, expect} from 'vitest';
import * as accessActivities from '../../../activities/access/activities.ts';
import * as rolloutActivities from '../../../activities/rollout/activities.ts';
import {signAct} from '../../../core/access/signed-act.ts';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {ActPayload} from '../../../schemas/access.ts';
import type {Deployment, RolloutInput, RolloutResult, RolloutStep} from '../../../schemas/deployment.ts';
import {PROGRESS} from '../../../schemas/messages.ts';
import type {PersonActs, Progress} from '../../../schemas/messages.ts';
import {rolloutWorkflowId} from '../../../schemas/names.ts';
import type {Report} from '../../../schemas/report.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {createKey} from '../../../stores/access/keys.ts';
import type {SigningKey} from '../../../stores/access/keys.ts';
import {says, trace} from '../../core/rollout/traffic.ts';
import {approvedBy, approverOf, reported} from '../approved.ts';
import {projectOf, registered} from '../project-of.ts';
import type {TestProject} from '../project-of.ts';
import {releaseOf} from '../releases.ts';
import {bundleOf, newProject, startWorkers} from '../workers-of.ts';
import type {TestWorkers} from '../workers-of.ts';

export type Handle = WorkflowHandle<(input: RolloutInput) => Promise<RolloutResult>>;
type Quick = Record<string, unknown>;

export const analysis = (change: Quick = {}, metric: Quick = {}): RolloutStep => ({
  analysis: {
    minSamples: 30,
    interval: 0.2,
    count: 100,
    initialDelay: 0,
    metrics: [
      {
        name: 'quality',
        margin: 0.2,
        failureLimit: 0,
        inconclusiveLimit: 0,
        consecutiveErrorLimit: 4,
        ...metric,
      },
    ],
    ...change,
  },
});
export const CLIMB: RolloutStep[] = [
  {setShadow: 100},
  analysis(),
  {setWeight: 10},
  analysis(),
  {setWeight: 100},
];

/** What a test of the rollout has around it: a project with two releases, one of them stable, and its approver anna. */
class RolloutBed {
  bundle!: WorkflowBundleWithSourceMap;
  project!: TestProject;
  workers: TestWorkers | undefined;
  anna!: SigningKey;
  stable = '';
  candidate = '';

  async setUp(): Promise<void> {
    const name = newProject();
    this.project = await projectOf(name);
    this.anna = await createKey('anna', {XDG_CONFIG_HOME: join(this.project.context.folder, 'config')});
    await this.project.write({approval: {approvers: [approverOf(this.anna)]}});
    const {registry, pointers} = this.project.context.stores;
    const [old, candidate] = [releaseOf(name, 'old'), releaseOf(name, 'new')];
    for (const release of [old, candidate]) await registry.putRelease(release);
    [this.stable, this.candidate] = [old.digest, candidate.digest];
    await pointers.bootstrap(name, this.stable, {by: 'test', why: 'bootstrap'});
  }

  async tearDown(): Promise<void> {
    await this.workers?.stop();
    this.workers = undefined;
    await this.project.remove();
  }

  /** What starts a rollout that anna has approved. */
  async permittedInput(steps: RolloutStep[], report: Partial<Report> = {}, run = 'x'): Promise<RolloutInput> {
    const {project, stable, candidate, anna} = this;
    const name = project.context.project;
    const dataset = 'd'.repeat(64);
    const gauntlet = await reported(project, {release: candidate, stable, dataset}, report);
    const digests = {release: candidate, dataset, report: gauntlet.report.sha256};
    const runId = `lifecycle/${name}/${run}`;
    const rollout = {project: name, runId, release: candidate, stable, steps, startedBy: 'ben'};
    return approvedBy(project, [anna], rollout, gauntlet, digests);
  }

  /** Real activities on a real store; only the engines are not there. `change` replaces single activities. */
  async start(
    input: RolloutInput,
    change: Record<string, unknown> = {},
    bundle = this.bundle,
  ): Promise<Handle> {
    const {context} = this.project;
    const workers = await startWorkers({
      bundle,
      project: input.project,
      activities: () => ({
        ...registered(accessActivities, context),
        ...registered(rolloutActivities, {...context, client: () => Promise.resolve(this.workers!.client)}),
        prepareEngines: () => Promise.resolve({model: 'tiny@new', engines: 1}),
        ...change,
      }),
    });
    this.workers = workers;
    return workers.client.workflow.start('rollout', {
      taskQueue: workers.queue,
      workflowId: rolloutWorkflowId(input.runId),
      args: [input],
    });
  }

  /** What anna says to the rollout, signed with her key; `about` and `key` as somebody may change them. */
  async said(
    handle: Handle,
    act: 'promote' | 'abort',
    comment = '',
    change: {
      readonly about?: Record<string, string>;
      readonly key?: SigningKey;
      readonly expiry?: string;
    } = {},
  ): Promise<PersonActs> {
    const {key = this.anna, about, expiry = new Date(Date.now() + 3_600_000).toISOString()} = change;
    const {runId} = await handle.describe();
    const {act: next} = await handle.query<Progress>(PROGRESS);
    const payload: ActPayload = {
      v: 1,
      project: this.project.context.project,
      act,
      key: key.id,
      comment,
      expiry,
      about: {rollout: handle.workflowId, run: runId, release: this.candidate, ...next, ...about},
    };
    return {by: 'anna', comment, signed: signAct(payload, key.privateKey)};
  }

  async deployment(): Promise<Deployment> {
    const {stores, project} = this.project.context;
    return (await stores.pointers.read(project))!;
  }

  seen(check: (now: Deployment) => boolean): Promise<void> {
    return expect
      .poll(async () => check(await this.deployment()), {timeout: 45_000, interval: 50})
      .toBe(true);
  }

  /** n requests as the gateway would store them now, corrected to spam: stable is right, the candidate if told so. */
  async traffic(n: number, how: 'shadow' | 'canary', right: (i: number) => boolean): Promise<void> {
    const {stores, project} = this.project.context;
    const release = this.candidate;
    const traces: Trace[] = [];
    const feedback: Feedback[] = [];
    const one = (change: Partial<Trace>): Trace => {
      const at = Date.now();
      const made = trace({
        id: traceId(at, randomBytes(12)),
        at: new Date(at).toISOString(),
        project,
        release: this.stable,
        output: 'spam',
        ...change,
      });
      traces.push(made);
      return made;
    };
    for (let i = 0; i < n; i++) {
      const shown = one({});
      const output = right(i) ? 'spam' : 'ham';
      feedback.push(says(shown, {correction: 'spam'}));
      if (how === 'shadow') one({release, role: 'shadow', shadowOf: shown.id, output});
      else feedback.push(says(one({release, role: 'canary', output}), {correction: 'spam'}));
    }
    await stores.traces.append(project, traces);
    await stores.traces.appendFeedback(project, feedback);
  }
}

/** A bed that is made anew before each test of the calling file, and gone after it. */
export function rolloutBed(): RolloutBed {
  const bed = new RolloutBed();
  beforeAll(async () => {
    bed.bundle = await bundleOf('rollout');
  }, 120_000);
  beforeEach(() => bed.setUp());
  afterEach(() => bed.tearDown());
  return bed;
}
