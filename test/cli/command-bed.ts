import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {bundleWorkflowCode, DefaultLogger} from '@temporalio/worker';
import {afterAll, beforeAll, expect} from 'vitest';
import * as accessActivities from '../../activities/access/activities.ts';
import * as approvalActivities from '../../activities/approval/decide.ts';
import type {ActivityContext} from '../../activities/context.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {temporalAddress} from '../setup/services.ts';
import {everyApprovalIsOwn} from '../temporal-says.ts';
import {registered} from '../workflows/project-of.ts';
import {newProject, startWorkers} from '../workflows/workers-of.ts';
import type {TestWorkers} from '../workflows/workers-of.ts';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

/**
 * What a test of a command that talks to Temporal has around it: a project whose approver is anna, a store with a candidate
 * and its report, and workers that run the project's approvals and rollouts, and a lifecycle that ends when it is told to.
 */
class CommandBed {
  user!: User;
  folder!: string;
  name!: string;
  there!: Prepared;
  workers!: TestWorkers;
  /** What a rollout was told, by the activity that audits it. */
  readonly acts: unknown[] = [];

  async setUp(): Promise<void> {
    this.name = newProject();
    this.user = new User({TEMPORAL_ADDRESS: temporalAddress()});
    this.folder = this.user.folder(this.name);
    const {name, user, folder} = this;
    const anna = await user.ratchet(['keys', 'create', 'anna', '--json']);
    const key = (JSON.parse(anna.stdout) as {public: string}).public;
    await user.ratchet(['keys', 'create', 'mallory']);
    const approval = `approval:\n  approvers:\n    - {name: anna, key: '${key}', roles: [approver]}`;
    writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml(name, {approval}));
    writeFileSync(path.join(folder, 'model.gguf'), 'weights');
    user.env['RATCHET_MODEL'] = path.join(folder, 'model.gguf');
    this.there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href, name);
    const context: ActivityContext = {
      project: name,
      folder,
      file: path.join(folder, 'ratchet.yaml'),
      engines: [],
      stores: this.there.stores,
      rowKey: new Uint8Array(32),
      adapterFolder: folder,
      jobFolder: folder,
      client: everyApprovalIsOwn(),
      environment: {trainer: '', trainerThreads: 1},
    };
    this.workers = await startWorkers({
      project: name,
      bundle: await bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
        logger: new DefaultLogger('WARN'),
      }),
      // The approval's own activities; of the rollout only the outside of them, since its pointers are not what is tested.
      activities: () => ({
        ...registered(accessActivities, context),
        ...registered(approvalActivities, context),
        openRollout: async () => ({status: 'open', seq: 1, at: new Date().toISOString()}),
        prepareEngines: async () => ({model: 'post@0', engines: 1}),
        rolloutStands: async () => ({status: 'stands'}),
        recordAct: async (act: unknown) => void this.acts.push(act),
        promote: async () => ({status: 'moved', seq: 2, at: new Date().toISOString()}),
        fallBack: async () => ({}),
      }),
    });
  }

  /** The command as the user types it in the project's folder. */
  ratchet(...args: string[]): ReturnType<User['ratchet']> {
    return this.user.ratchet(args, {from: this.folder});
  }

  /** What it says when it ends with `code` and prints nothing. */
  async refused(code: number, ...args: string[]): Promise<string> {
    const answer = await this.ratchet(...args);
    expect({code: answer.code, stdout: answer.stdout}, answer.stderr).toEqual({code, stdout: ''});
    return answer.stderr.trimEnd();
  }

  /** How a lifecycle ends, for its Signal `end`. */
  resultOf(status: LifecycleResult['status'], run: string): LifecycleResult {
    const ref = this.there.run.report!;
    const {candidate, base, dataset} = this.there;
    return {
      status,
      run,
      reason: `it is ${status}`,
      data: {
        dataset: dataset.digest,
        manifest: ref,
        rowsIn: 7,
        rowsKept: 5,
        drops: {},
        processed: 7,
        reused: 0,
      },
      release: candidate.digest,
      parent: base.digest,
      stable: base.digest,
      gauntlet: {
        release: candidate.digest,
        stable: base.digest,
        verdict: 'pass',
        report: ref,
        html: ref,
        markdown: ref,
        modelCard: ref,
      },
      approval: null,
      rollout: null,
      cached: ['curate'],
      seconds: {},
    };
  }
}

/** A bed for all tests of the calling file. */
export function commandBed(): CommandBed {
  const bed = new CommandBed();
  beforeAll(() => bed.setUp(), 180_000);
  afterAll(() => bed.workers.stop());
  return bed;
}
