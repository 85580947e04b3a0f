import {upsertSearchAttributes, workflowInfo} from '@temporalio/workflow';
import type {Attributes} from '../search-attributes.ts';
import type {RunPlan} from '../../schemas/lifecycle.ts';
import type {RunChange} from '../../schemas/run.ts';
import type {LifecycleInput, StageRequest} from '../../schemas/stage.ts';
import type {CachedStage} from '../../schemas/stages/stages.ts';
import {documents, rows, waiting} from '../activities.ts';
import {Board} from '../board.ts';
import {findOrRun, type Found, type StageWorkflow} from '../find-or-run.ts';
import {ratchetAttributes} from '../search-attributes.ts';

/** What every step of a run needs: what it was started with, what it shows of itself, and its record in the store. */
export class Run {
  readonly input: LifecycleInput;
  /** Its workflow ID: the RUN of every command. */
  readonly id = workflowInfo().workflowId;
  readonly board = new Board(['curate', 'train', 'gauntlet', 'approval', 'rollout']);
  /** Stages whose result was there. */
  readonly cached: string[] = [];
  /** Metadata: small reads and writes. A store that is away comes back; a person is told by the run's pending activity. */
  readonly store: ReturnType<typeof documents>;
  /** Reads every record of every source once, to see what is new. */
  readonly sources: ReturnType<typeof rows>;
  /** Looks for what an earlier execution of this run left; where there is something, waits until it has stopped. */
  readonly former: ReturnType<typeof waiting>;
  #plan: RunPlan | null = null;

  constructor(input: LifecycleInput) {
    this.input = input;
    this.store = documents(input.project);
    this.sources = rows(input.project);
    this.former = waiting(input.project);
  }

  /** Enters the run, and reads what its decisions depend on. */
  async open(): Promise<void> {
    const {id: run, input} = this;
    this.#plan = await this.store.openRun.executeWithOptions(
      {summary: 'record the run, see what is stable'},
      [{run, input}],
    );
  }

  /** What the run reads once, at its start. */
  get plan(): RunPlan {
    return this.#plan!;
  }

  get opened(): boolean {
    return this.#plan !== null;
  }

  /** For the Temporal UI's search. */
  tag(attributes: Attributes): void {
    upsertSearchAttributes(ratchetAttributes(attributes));
  }

  record(what: string, change: RunChange): Promise<void> {
    const {
      id: run,
      input: {project},
    } = this;
    return this.store.recordRun.executeWithOptions({summary: `record ${what}`}, [{project, run, change}]);
  }

  request(stage: CachedStage, inputs: Record<string, string>, refs: StageRequest['refs'] = {}): StageRequest {
    const {project, resolved, keyFingerprint} = this.input;
    return {stage, project, resolved, keyFingerprint, inputs, refs, run: this.id};
  }

  /** One cached stage, shown on the board and kept in the run's record. */
  async stage<T>(
    name: 'curate' | 'train' | 'gauntlet',
    workflow: StageWorkflow<T>,
    asked: () => StageRequest | Promise<StageRequest>,
    note: (result: T) => string,
  ): Promise<T> {
    const {board, input} = this;
    this.tag({project: input.project, stage: name});
    const found = await board.during<Found<T>>(
      name,
      async () => findOrRun(workflow, await asked(), (childWorkflowId) => board.set(name, {childWorkflowId})),
      (f) => ({status: f.cached ? 'cached' : 'done', note: note(f.result)}),
    );
    if (found.cached) this.cached.push(name);
    await this.record(`the end of ${name}`, {stages: board.record(name, {key: found.key})});
    return found.result;
  }

  /** A stage's result out of a former run, shown and kept like one that was found by its key. */
  async taken<T>(name: 'curate' | 'train', {key, result}: {key: string; result: T}): Promise<T> {
    const at = now();
    this.board.set(name, {
      status: 'cached',
      note: `as in ${this.input.given!.run}`,
      startedAt: at,
      endedAt: at,
    });
    this.cached.push(name);
    await this.record(`${name}, as it was given`, {stages: this.board.record(name, {key})});
    return result;
  }

  /** Approval and rollout of an earlier execution of this run, but for those by these digests. */
  withdraw(
    summary: string,
    keep: {readonly release: string; readonly dataset: string; readonly report: string} | null,
  ): Promise<void> {
    return this.former.withdrawOthers.executeWithOptions({summary}, [{run: this.id, keep}]);
  }
}

export function now(): string {
  return new Date(Date.now()).toISOString();
}
