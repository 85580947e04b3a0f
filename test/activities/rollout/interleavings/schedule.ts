import type {Client} from '@temporalio/client';
import {WorkflowNotFoundError} from '@temporalio/common';
import * as activities from '../../../../activities/rollout/activities.ts';
import type {ActivityContext} from '../../../../activities/context.ts';
import type {Moved} from '../../../../activities/rollout/move-pointers.ts';
import {advance, nextAction, START} from '../../../../core/rollout/steps.ts';
import type {Event} from '../../../../core/rollout/steps.ts';
import {Deployment} from '../../../../schemas/deployment.ts';
import type {RolloutInput} from '../../../../schemas/deployment.ts';
import {RatchetError} from '../../../../schemas/errors.ts';
import {storesOver} from '../../../../stores/stores.ts';
import type {MemoryStore} from '../../../stores/memory-store.ts';
import {randomOf} from './random.ts';
import {Watch, type Watched} from './watch.ts';

/** A rollout that a schedule may start. */
export interface Candidate extends Watched {
  readonly input: RolloutInput;
}
/** Whom the activities ask for permission: they pass their context. */
export interface Permitting extends ActivityContext {
  readonly permit: (input: RolloutInput) => Promise<void>;
}

export interface Outcome {
  readonly wrong: readonly string[];
  readonly told: readonly string[];
  readonly faults: ReadonlySet<string>;
  readonly store: MemoryStore;
  readonly results: readonly string[];
}

const DEPLOYMENT = /^pointers\//;
/** `second`: another run's rollout; `again`: the same by hand, with the same proof; `sweep`: what was left is taken away. */
export const FAULTS = [
  ...(['freeze', 'kill', 'cancel', 'terminate', 'reset'] as const),
  ...(['rollback', 'second', 'again', 'sweep'] as const),
];
type Fault = (typeof FAULTS)[number];

/** One run of a workflow: Temporal's view of it, and what its history holds. */
interface Run {
  readonly of: Candidate;
  readonly runId: string;
  readonly execution: string;
  /** Results of its activities in order: what a reset replays a part of. */
  readonly history: {readonly value?: unknown; readonly error?: Error}[];
  alive: boolean;
  cancelled: boolean;
  /** How much of the history was there by then. */
  cancelledAt: number;
  /** Ends the wait for the attempt that is under way, as a time-out does. */
  giveUp: (() => void) | null;
  attempt: Attempt | null;
}
/** An operation of the store that waits for its turn. */
interface Parked {
  readonly attempt: Attempt;
  readonly release: () => void;
}
interface Attempt {
  readonly name: string;
  frozen: boolean;
  killed: boolean;
}

class Cancelled extends Error {}
/** What a run never sees again that was terminated or reset. */
const NEVER = new Promise<never>(() => undefined);

/**
 * One schedule: real activities on a store in memory, each read and write of the deployment in turn as the seed says, with
 * faults between them. Workflows are driven as workflows/rollout.ts does it, by the same decisions (core/rollout/steps.ts): an
 * activity that times out is tried again while the attempt before may still go on; a cancellation waits for the attempt that
 * is under way; whatever ends the climb but a promotion goes back.
 */
export class Schedule {
  readonly #random: () => number;
  readonly #objects: MemoryStore;
  readonly #context: Omit<ActivityContext, 'stores' | 'client'>;
  readonly #candidates: readonly Candidate[];
  readonly #watch: Watch;
  readonly #parked: Parked[] = [];
  readonly #runs: Run[] = [];
  readonly #results: string[] = [];
  readonly #told: string[] = [];
  readonly #faults = new Set<string>();
  readonly #everything: boolean;
  #made = 0;

  /** `everything`: each operation of the store waits for its turn, not the deployment's alone. */
  constructor(
    {seed, everything}: {readonly seed: number; readonly everything: boolean},
    given: {
      readonly objects: MemoryStore;
      readonly context: Omit<ActivityContext, 'stores' | 'client'>;
      readonly first: Deployment;
      readonly candidates: readonly Candidate[];
    },
  ) {
    this.#random = randomOf(seed);
    this.#objects = given.objects.copy();
    this.#context = given.context;
    this.#candidates = given.candidates;
    this.#watch = new Watch(given.first, given.candidates);
    this.#everything = everything;
  }

  async play(): Promise<Outcome> {
    let budget = 1 + Math.floor(this.#random() * 4);
    this.#start(this.#candidates[0]!);
    for (;;) {
      await quiet();
      const ready = this.#parked.filter(({attempt}) => !attempt.frozen);
      if (budget > 0 && (ready.length === 0 || this.#random() < 0.15)) {
        budget -= 1;
        this.#fault(this.#pick(FAULTS));
        continue;
      }
      // What was frozen thaws one by one; at the end all of it.
      const frozen = this.#parked.filter(({attempt}) => attempt.frozen);
      const next = ready.length > 0 && this.#random() < 0.95 ? ready : frozen.length > 0 ? frozen : ready;
      if (next.length === 0) break;
      this.#release(this.#pick(next));
    }
    await this.#sweepUp();
    return {
      wrong: this.#watch.wrong,
      told: this.#told,
      faults: this.#faults,
      store: this.#objects,
      results: this.#results,
    };
  }

  /** At the end: what a terminated rollout left is taken away, and nothing comes back. */
  async #sweepUp(): Promise<void> {
    this.#sweep();
    for (;;) {
      await quiet();
      if (this.#parked.length === 0) break;
      this.#release(this.#pick(this.#parked));
    }
    const {canary, shadow} = this.#watch.now;
    if (canary !== null || shadow !== null) this.#watch.wrong.push('a share is left, and no workflow runs');
  }

  #fault(fault: Fault): void {
    const running = this.#runs.filter(({alive}) => alive);
    const run = running.length === 0 ? null : this.#pick(running);
    const said = (what: string): void => {
      this.#told.push(what);
      this.#faults.add(fault);
    };
    switch (fault) {
      case 'freeze':
      case 'kill':
        if (run === null || run.attempt === null) return;
        said(`${fault} ${run.attempt.name} of ${run.runId}`);
        run.attempt.frozen = true;
        if (fault === 'kill') this.#kill(run.attempt);
        run.giveUp?.();
        return;
      case 'cancel':
        if (run === null) return;
        said(`cancel ${run.runId}`);
        run.cancelled = true;
        run.cancelledAt = run.history.length;
        return;
      case 'terminate':
        if (run === null) return;
        said(`terminate ${run.runId}`);
        this.#end(run, 'terminated');
        return;
      case 'reset': {
        const any = this.#runs.length === 0 ? null : this.#pick(this.#runs);
        // Temporal resets the last run of a workflow, one that has ended too.
        const last = any && this.#runs.findLast(({of}) => of.by === any.of.by)!;
        if (last === null) return;
        const most = Math.min(last.history.length, last.cancelledAt);
        const kept = last.history.slice(0, Math.floor(this.#random() * (most + 1)));
        said(`reset ${last.runId} to ${kept.length} of ${last.history.length}`);
        if (last.alive) this.#end(last, 'reset');
        this.#start(last.of, {execution: last.execution, kept});
        return;
      }
      case 'rollback':
        said('rollback');
        this.#rollback();
        return;
      case 'second': {
        const idle = this.#candidates.filter(({by}) => !this.#runs.some(({of}) => of.by === by));
        if (idle.length === 0) return;
        said('another rollout');
        this.#start(this.#pick(idle));
        return;
      }
      case 'again': {
        // By hand, with the same proof: Temporal lets it as soon as none of that ID runs.
        const over = this.#candidates.filter(
          ({by}) =>
            this.#runs.some(({of}) => of.by === by) &&
            !this.#runs.some(({of, alive}) => alive && of.by === by),
        );
        if (over.length === 0) return;
        said('the same again, by hand');
        this.#start(this.#pick(over));
        return;
      }
      case 'sweep':
        said('sweep');
        this.#sweep();
    }
  }

  #start(
    of: Candidate,
    {execution, kept = []}: {readonly execution?: string; readonly kept?: Run['history']} = {},
  ): void {
    const runId = `${of.input.runId.slice(-1)}${this.#runs.length}`;
    const run: Run = {
      of,
      runId,
      execution: execution ?? runId,
      history: [],
      alive: true,
      cancelled: false,
      cancelledAt: Infinity,
      giveUp: null,
      attempt: null,
    };
    this.#runs.push(run);
    void this.#workflow(run, [...kept]).then((result) => {
      this.#results.push(result);
      if (run.alive) this.#end(run, result);
      this.#watch.ended(of.by, result);
    });
  }

  #end(run: Run, how: string): void {
    this.#told.push(`${run.runId} ended: ${how}`);
    run.alive = false;
  }

  /** workflows/rollout.ts, without what moves nothing. */
  async #workflow(run: Run, kept: Run['history']): Promise<string> {
    const {steps} = run.of.input;
    const act = <T>(name: ActivityName, more: object, always = false): Promise<T> =>
      this.#act(run, kept, {name, more, always}) as Promise<T>;
    const back = async (reason: string, end: string): Promise<string> => {
      if ((await act('fallBack', {reason}, true)) === 'promoted') return 'promoted';
      this.#watch.takenBack(run.of.by);
      return end;
    };
    const climb = async (): Promise<string> => {
      const superseded = (): Promise<string> => back('superseded', 'superseded');
      const opened = await act<Moved>('openRollout', {});
      if (opened.status === 'superseded') return superseded();
      let {seq} = opened;
      for (let at = START; ;) {
        const action = nextAction(steps, at);
        if (run.cancelled) throw new Cancelled();
        switch (action.do) {
          case 'setShadow':
          case 'setWeight':
          case 'promote': {
            const more = action.do === 'promote' ? {seq} : {seq, weight: action.weight};
            const moved = await act<Moved>(action.do, more);
            if (moved.status === 'superseded') return superseded();
            if (action.do === 'promote') return 'promoted';
            seq = moved.seq;
            at = advance(steps, at, {type: 'done'});
            break;
          }
          case 'ask': {
            const stands = await act<Moved>('rolloutStands', {seq});
            if (stands.status === 'superseded') return superseded();
            const goesOn = this.#recorded(run, kept, () => this.#random() < 0.7);
            at = advance(steps, at, goesOn ? {type: 'resumed'} : ABORTED);
            break;
          }
          case 'fallBack':
            return back(action.reason, 'fell back');
          case 'pause':
          case 'measure':
            throw new Error(`no schedule has a step that would ${action.do}`);
        }
      }
    };
    try {
      return await climb();
    } catch (error) {
      const {message} = error as Error;
      return back(message, error instanceof Cancelled || run.cancelled ? 'cancelled' : `failed: ${message}`);
    }
  }

  /** What a person said, which a reset replays. */
  #recorded<T>(run: Run, kept: Run['history'], make: () => T): T {
    const value = (kept.shift() ?? {value: make()}).value as T;
    run.history.push({value});
    return value;
  }

  async #act(
    run: Run,
    kept: Run['history'],
    {name, more, always}: {readonly name: ActivityName; readonly more: object; readonly always: boolean},
  ): Promise<unknown> {
    const replayed = kept.shift();
    if (replayed !== undefined) {
      run.history.push(replayed);
      if (replayed.error) throw replayed.error;
      return replayed.value;
    }
    for (;;) {
      if (run.cancelled && !always) throw new Cancelled();
      const end = await this.#try(run, name, more);
      if (!run.alive) return NEVER;
      if (end === 'timed out') continue;
      if (end.error instanceof RatchetError && end.error.type !== 'NotPermitted') continue;
      run.history.push(end);
      if (end.error) throw end.error;
      return end.value;
    }
  }

  /** One attempt: its result, or that nothing was heard of it, while it may still go on. */
  async #try(
    run: Run,
    name: ActivityName,
    more: object,
  ): Promise<{readonly value?: unknown; readonly error?: Error} | 'timed out'> {
    const attempt: Attempt = {name: `${name} #${(this.#made += 1)}`, frozen: false, killed: false};
    run.attempt = attempt;
    const {of, runId, execution} = run;
    const input = {input: of.input, by: of.by, execution, ...more};
    const caller = {workflowId: of.by, runId};
    const body = activities[name] as (...args: unknown[]) => Promise<unknown>;
    const result = body(input, this.#contextOf(attempt), caller).then(
      (value) => ({value}),
      (error: Error) => ({error}),
    );
    const silence = new Promise<'timed out'>((resolve) => {
      run.giveUp = () => resolve('timed out');
    });
    return Promise.race([result, silence]);
  }

  /** What an attempt sees: the store through its own gate, and Temporal as it is when it asks. */
  #contextOf(attempt: Attempt): Permitting {
    const store = this.#objects.through((what, key, when) => {
      const deployment = DEPLOYMENT.test(key);
      if (deployment && what === 'put' && when === 'after') this.#written(key);
      return this.#everything || deployment ? this.#park(attempt) : undefined;
    });
    const describe = (workflowId: string) => (): Promise<unknown> => {
      const last = this.#runs.findLast(({of}) => of.by === workflowId);
      if (last === undefined) return Promise.reject(new WorkflowNotFoundError('', workflowId, undefined));
      return Promise.resolve({runId: last.runId, status: {name: last.alive ? 'RUNNING' : 'TERMINATED'}});
    };
    const workflow = {getHandle: (workflowId: string) => ({describe: describe(workflowId)})};
    return {
      ...this.#context,
      stores: storesOver(store),
      client: () => Promise.resolve({workflow} as unknown as Client),
      permit: ({runId}) =>
        this.#candidates.some(({input, approved}) => approved && input.runId === runId)
          ? Promise.resolve()
          : Promise.reject(new RatchetError('NotPermitted', `${runId} was not approved`)),
    };
  }

  /** By a person, who is told where there is nothing to go back to. */
  #rollback(): void {
    const attempt: Attempt = {name: 'rollback', frozen: false, killed: false};
    const {pointers} = this.#contextOf(attempt).stores;
    const {former, stable} = this.#watch.now;
    const to = this.#random() < 0.5 ? former.at(-1) : stable;
    void pointers.rollback(this.#context.project, to ?? stable, {by: 'anna', why: 'harm'});
  }

  #sweep(): void {
    const attempt: Attempt = {name: 'sweep', frozen: false, killed: false};
    const {project} = this.#context;
    void activities.endOrphanedRollout({project}, this.#contextOf(attempt)).then((by) => {
      if (by !== null) this.#watch.takenBack(by);
    });
  }

  #written(key: string): void {
    const next = Deployment.parse(JSON.parse(Buffer.from(this.#objects.objects.get(key)!.bytes).toString()));
    if (next.seq !== this.#watch.now.seq) this.#watch.written(next);
  }

  #park(attempt: Attempt): Promise<void> {
    // A killed process does nothing any more.
    if (attempt.killed) return NEVER;
    return new Promise((resolve) => this.#parked.push({attempt, release: resolve}));
  }

  #kill(attempt: Attempt): void {
    attempt.killed = true;
    for (const [i, one] of [...this.#parked.entries()].reverse())
      if (one.attempt === attempt) this.#parked.splice(i, 1);
  }

  #release(one: Parked): void {
    this.#parked.splice(this.#parked.indexOf(one), 1);
    one.release();
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!;
  }
}

type ActivityName = 'openRollout' | 'setShadow' | 'setWeight' | 'promote' | 'rolloutStands' | 'fallBack';
const ABORTED: Event = {type: 'aborted', reason: 'ended by anna'};

/** Until everything that goes on by itself has come to wait. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
