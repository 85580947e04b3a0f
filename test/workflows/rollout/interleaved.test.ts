import {randomUUID} from 'node:crypto';
import {Context} from '@temporalio/activity';
import type {Client} from '@temporalio/client';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterAll, beforeAll, expect, it} from 'vitest';
import * as activities from '../../../activities/rollout/activities.ts';
import {Deployment} from '../../../schemas/deployment.ts';
import type {RolloutInput, RolloutResult, RolloutStep} from '../../../schemas/deployment.ts';
import {storesOver, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {randomOf} from '../../activities/rollout/interleavings/random.ts';
import {Watch} from '../../activities/rollout/interleavings/watch.ts';
import {RolloutWorld, type TestRollout} from '../../activities/rollout/rollout-world.ts';
import type {MemoryStore} from '../../stores/memory-store.ts';
import {bundleOf, newProject, startWorkers, type TestWorkers} from '../workers-of.ts';
import {analysis} from './rollout-bed.ts';

/** What happens at a write of the deployment, and then: the attempt goes on, or it is frozen until all is over. */
const FAULTS = [
  'freeze',
  'die',
  'cancel',
  'cancel and freeze',
  'terminate',
  'terminate and freeze',
  'reset',
  'reset and freeze',
  'rollback',
  'rollback and freeze',
] as const;
interface Plan {
  readonly fault: string;
  /** At which write of this rollout, from 1: it is opened, gets its shadow and its weights, is promoted or goes back. */
  readonly write: number;
  readonly when: 'before' | 'after';
  /** What its analysis says. */
  readonly passes: boolean;
}
const STEPS: RolloutStep[] = [{setShadow: 100}, {setWeight: 10}, analysis({interval: 0.05}), {setWeight: 50}];
const SCHEDULES = 50;
const NAME = newProject();

/** One rollout with a store of its own, and what happens to it. */
class Schedule {
  readonly plan: Plan;
  readonly rollout: TestRollout;
  readonly #store: MemoryStore;
  readonly #world: RolloutWorld;
  readonly #client: Client;
  readonly #watch: Watch;
  readonly #attempts: Promise<unknown>[] = [];
  readonly #over = Promise.withResolvers<void>();
  #writes = 0;
  #done = false;

  constructor(plan: Plan, world: RolloutWorld, rollout: TestRollout, first: Deployment, client: Client) {
    [this.plan, this.#world, this.rollout, this.#client] = [plan, world, rollout, client];
    this.#store = world.context.stores.objects as MemoryStore;
    const {by, input} = rollout;
    this.#watch = new Watch(first, [{by, release: input.release, approved: true}]);
  }

  /** An attempt of an activity, which beats until it is frozen. */
  attempt(name: keyof typeof activities, input: unknown): Promise<unknown> {
    const temporal = Context.current();
    const beat = setInterval(() => temporal.heartbeat(), 1000);
    temporal.heartbeat();
    const store = this.#store.through((what, key, when) =>
      what === 'put' && key.startsWith('pointers/') ? this.#at(when, beat) : undefined,
    );
    const context = {
      ...this.#world.context,
      stores: storesOver(store),
      client: () => Promise.resolve(this.#client),
    };
    const {workflowId, runId} = temporal.info.workflowExecution!;
    const body = activities[name] as (...args: unknown[]) => Promise<unknown>;
    const result = body(input, context, {workflowId, runId}).finally(() => clearInterval(beat));
    this.#attempts.push(result.catch(() => undefined));
    return result;
  }

  async #at(when: 'before' | 'after', beat: NodeJS.Timeout): Promise<void> {
    if (when === 'before') this.#writes += 1;
    else this.#look();
    const {plan} = this;
    if (this.#writes !== plan.write || when !== plan.when || this.#done) return;
    this.#done = true;
    await this.#happen();
    if (plan.fault === 'die') throw new Error('its worker died');
    if (!plan.fault.endsWith('freeze')) return;
    clearInterval(beat);
    await this.#over.promise;
  }

  async #happen(): Promise<void> {
    const {by} = this.rollout;
    const handle = this.#client.workflow.getHandle(by);
    const {fault} = this.plan;
    if (fault.startsWith('cancel')) await handle.cancel();
    if (fault.startsWith('terminate')) await handle.terminate();
    if (fault.startsWith('reset')) await this.#reset();
    if (fault.startsWith('rollback'))
      await this.#stores.pointers.rollback(NAME, this.rollout.input.stable, {by: 'anna', why: 'harm'});
    this.#look();
  }

  /** As the UI's reset: to one of the workflow tasks that are behind it. */
  async #reset(): Promise<void> {
    const {by} = this.rollout;
    const handle = this.#client.workflow.getHandle(by);
    const {runId} = await handle.describe();
    const {events} = await handle.fetchHistory();
    const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    await this.#client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: {workflowId: by, runId},
      workflowTaskFinishEventId: tasks[this.plan.write % tasks.length]!.eventId!,
      requestId: randomUUID(),
      reason: 'by hand',
    });
  }

  /** Past the gates. */
  get #stores(): Stores {
    return this.#world.context.stores;
  }

  /** Whether the deployment was written, and what now stands there. */
  #look(): void {
    const {bytes} = this.#store.objects.get(`pointers/${NAME}/deployment.json`)!;
    const next = Deployment.parse(JSON.parse(Buffer.from(bytes).toString()));
    if (next.seq !== this.#watch.now.seq) this.#watch.written(next);
  }

  /** What became of it, and of what was frozen and went on when all was over. */
  async play(
    start: () => Promise<unknown>,
  ): Promise<{readonly wrong: readonly string[]; readonly end: string}> {
    await start();
    const {by} = this.rollout;
    const result = async (): Promise<string> => {
      const {runId} = await this.#client.workflow.getHandle(by).describe();
      const handle = this.#client.workflow.getHandle<() => Promise<RolloutResult>>(by, runId);
      return handle.result().then(
        ({status}) => status,
        async (error: Error) => {
          // A reset ends the run that was waited for, not the workflow.
          const now = await this.#client.workflow.getHandle(by).describe();
          return now.runId === runId ? (error.cause?.constructor.name ?? error.message) : result();
        },
      );
    };
    const end = await result();
    const context = {...this.#world.context, client: () => Promise.resolve(this.#client)};
    if (end === 'TerminatedFailure') {
      const ended = await activities.endOrphanedRollout({project: NAME}, context);
      this.#look();
      if (ended !== null) this.#watch.takenBack(by);
    } else {
      this.#watch.ended(by, end);
      if (end !== 'promoted') this.#watch.takenBack(by);
    }
    this.#over.resolve();
    await Promise.all(this.#attempts);
    // What a frozen attempt of a terminated rollout did before it was taken away, or after.
    await activities.endOrphanedRollout({project: NAME}, context);
    const wrong = [...this.#watch.wrong];
    const {canary, shadow} = await this.#world.deployment();
    if (canary !== null || shadow !== null) wrong.push('a share is left, and no workflow runs');
    const {breaks} = await verifyAudit(this.#stores, NAME);
    return {wrong: [...wrong, ...breaks.map(({reason}) => reason)], end};
  }
}

const schedules = new Map<string, Schedule>();
const worlds: RolloutWorld[] = [];
let bundle: WorkflowBundleWithSourceMap;
let workers: TestWorkers;

beforeAll(async () => {
  bundle = await bundleOf('rollout');
  const moving = ['openRollout', 'setShadow', 'setWeight', 'promote', 'fallBack', 'rolloutStands'] as const;
  const of = (input: {readonly input: RolloutInput}): Schedule => schedules.get(input.input.runId)!;
  workers = await startWorkers({
    bundle,
    project: NAME,
    activities: () => ({
      ...Object.fromEntries(
        moving.map((name) => [name, (input: never) => of(input).attempt(name, input)] as const),
      ),
      prepareEngines: () => Promise.resolve({model: 'tiny@new', engines: 1}),
      analyseTraffic: (input: never) => Promise.resolve(measured(of(input).plan.passes)),
    }),
  });
});
afterAll(async () => {
  await workers.stop();
  for (const world of worlds) await world.remove();
});

function measured(passes: boolean): Awaited<ReturnType<typeof activities.analyseTraffic>> {
  const verdict = passes ? 'pass' : 'fail';
  const difference = {value: 0, low: 0, high: 0, n: 100};
  const metric = {name: 'quality', verdict, stable: null, canary: null, difference, reason: verdict} as const;
  const samples = {stable: 100, canary: 100, paired: 0};
  return {status: 'measured', result: {verdict, metrics: [metric], samples}};
}

/** Those that every seed has: a weight that is set after the candidate was rejected, a promotion after a cancellation. */
const ALWAYS: readonly Plan[] = [
  {fault: 'freeze', when: 'before', write: 3, passes: false},
  {fault: 'cancel', when: 'before', write: 5, passes: true},
  {fault: 'cancel and freeze', when: 'before', write: 5, passes: true},
];

/** Fifty of all faults at all writes, as the seed says. */
function plans(seed: number): Plan[] {
  const random = randomOf(seed);
  const all = FAULTS.flatMap((fault) =>
    [true, false].flatMap((passes) =>
      (['before', 'after'] as const).flatMap((when) =>
        Array.from({length: passes ? 5 : 4}, (_, i) => ({fault, passes, when, write: i + 1})),
      ),
    ),
  );
  const drawn = all.map((plan) => ({plan, at: random()})).sort((a, b) => a.at - b.at);
  return [...ALWAYS, ...drawn.map(({plan}) => plan)].slice(0, SCHEDULES);
}

it(
  `${SCHEDULES} rollouts on a real server, each with one fault at one write: nothing moves that should not`,
  {timeout: 240_000},
  async () => {
    const seed = Number(process.env['RATCHET_SEED'] ?? 18);
    for (const [i, plan] of plans(seed).entries()) {
      const world = await RolloutWorld.of(NAME);
      worlds.push(world);
      const rollout = await world.approved('new', {run: `${i}`});
      const first = await world.deployment();
      schedules.set(rollout.input.runId, new Schedule(plan, world, rollout, first, workers.client));
    }
    const ends = [...schedules.values()].map(async (schedule) => {
      const {by, input} = schedule.rollout;
      const args = [{...input, steps: STEPS}];
      const options = {taskQueue: workers.queue, workflowId: by, args};
      const {wrong, end} = await schedule.play(() => workers.client.workflow.start('rollout', options));
      return {plan: schedule.plan, wrong, end};
    });
    await workers.replaceWorkflowWorker();
    const played = await Promise.all(ends);
    expect(
      played.filter(({wrong}) => wrong.length > 0),
      `seed ${seed}`,
    ).toEqual([]);
    // The faults took place: each end that a rollout can have is among them.
    expect(new Set(played.map(({end}) => end))).toEqual(
      new Set(['CancelledFailure', 'TerminatedFailure', 'fell_back', 'promoted', 'superseded']),
    );
  },
);
