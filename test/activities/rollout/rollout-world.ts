import {join} from 'node:path';
import type {Client} from '@temporalio/client';
import {WorkflowNotFoundError} from '@temporalio/common';
import * as activities from '../../../activities/rollout/activities.ts';
import type {ActivityContext} from '../../../activities/context.ts';
import type {Deployment, RolloutInput} from '../../../schemas/deployment.ts';
import {rolloutWorkflowId} from '../../../schemas/names.ts';
import {createKey, type SigningKey} from '../../../stores/access/keys.ts';
import {storesOver} from '../../../stores/stores.ts';
import {MemoryStore} from '../../stores/memory-store.ts';
import {approvedBy, approverOf, reported} from '../../workflows/approved.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';
import {releaseOf} from '../../workflows/releases.ts';

/** What Temporal says of a workflow: its status, and the run it is in. */
export type Execution = {readonly status: string; readonly runId: string};

/** A Temporal that knows these workflows, and no others. */
export function temporalOf(known: ReadonlyMap<string, Execution>): () => Promise<Client> {
  const describe = (workflowId: string) => (): Promise<unknown> => {
    const found = known.get(workflowId);
    return found === undefined
      ? Promise.reject(new WorkflowNotFoundError('not found', workflowId, undefined))
      : Promise.resolve({status: {name: found.status}, runId: found.runId});
  };
  const getHandle = (workflowId: string) => ({describe: describe(workflowId)});
  return () => Promise.resolve({workflow: {getHandle}} as unknown as Client);
}

type Attempt = {readonly run?: string; readonly execution?: string};

/** One rollout, as its workflow calls the activities: its run, and the run that it began with. */
export class TestRollout {
  readonly by: string;
  readonly #world: RolloutWorld;
  readonly input: RolloutInput;
  constructor(world: RolloutWorld, input: RolloutInput) {
    [this.#world, this.input] = [world, input];
    this.by = rolloutWorkflowId(input.runId);
  }

  open(attempt: Attempt = {}) {
    return activities.openRollout(...this.#call({}, attempt));
  }
  shadow(seq: number, weight: number, attempt: Attempt = {}) {
    return activities.setShadow(...this.#call({seq, weight}, attempt));
  }
  weight(seq: number, weight: number, attempt: Attempt = {}) {
    return activities.setWeight(...this.#call({seq, weight}, attempt));
  }
  promote(seq: number, attempt: Attempt = {}) {
    return activities.promote(...this.#call({seq}, attempt));
  }
  stands(seq: number, attempt: Attempt = {}) {
    return activities.rolloutStands(...this.#call({seq}, attempt));
  }
  back(reason: string, attempt: Attempt = {}) {
    return activities.fallBack(...this.#call({reason}, attempt));
  }

  /** What Temporal says of it from now on. */
  is(status: string, runId = 'r1'): void {
    this.#world.known.set(this.by, {status, runId});
  }

  #call<More extends object>(more: More, {run = 'r1', execution = 'r1'}: Attempt) {
    const about = {input: this.input, by: this.by, execution, ...more};
    return [about, this.#world.context, {workflowId: this.by, runId: run}] as const;
  }
}

/** A project with a stable release, candidates that anna approves, and a Temporal in which every rollout runs until told else. */
export class RolloutWorld {
  readonly known = new Map<string, Execution>();
  readonly project: TestProject;
  readonly context: ActivityContext;
  readonly anna: SigningKey;
  readonly stable: string;

  private constructor(project: TestProject, anna: SigningKey, stable: string) {
    [this.project, this.anna, this.stable] = [project, anna, stable];
    this.context = {...project.context, client: temporalOf(this.known)};
  }

  static async of(name: string): Promise<RolloutWorld> {
    const project = await projectOf(name, {}, storesOver(new MemoryStore()));
    const anna = await createKey('anna', {XDG_CONFIG_HOME: join(project.context.folder, 'config')});
    await project.write({approval: {approvers: [approverOf(anna)]}});
    const {registry, pointers} = project.context.stores;
    const old = releaseOf(name, 'old');
    await registry.putRelease(old);
    await pointers.bootstrap(name, old.digest, {by: 'test', why: 'bootstrap'});
    return new RolloutWorld(project, anna, old.digest);
  }

  /** The rollout of a run of its own, approved by anna; `version` names the candidate. */
  async approved(version: string, {run = version}: {readonly run?: string} = {}): Promise<TestRollout> {
    const {project: name} = this.context;
    const candidate = releaseOf(name, version);
    await this.context.stores.registry.putRelease(candidate);
    const about = {release: candidate.digest, stable: this.stable, dataset: 'd'.repeat(64)};
    const gauntlet = await reported(this.project, about);
    const digests = {release: about.release, dataset: about.dataset, report: gauntlet.report.sha256};
    const rollout = {
      project: name,
      runId: `lifecycle/${name}/${run}`,
      release: about.release,
      stable: this.stable,
      steps: [],
      startedBy: 'ben',
    };
    const input = await approvedBy(this.project, [this.anna], rollout, gauntlet, digests);
    const made = new TestRollout(this, input);
    made.is('RUNNING');
    return made;
  }

  async deployment(): Promise<Deployment> {
    return (await this.context.stores.pointers.read(this.context.project))!;
  }

  remove(): Promise<void> {
    return this.project.remove();
  }
}
