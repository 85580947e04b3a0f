import {randomUUID} from 'node:crypto';
import {Context} from '@temporalio/activity';
import {WorkflowFailedError, type WorkflowHandle} from '@temporalio/client';
import {ApplicationFailure, CancelledFailure} from '@temporalio/common';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import {abandonStage, awaitStage, firstGone} from '../../activities/stage/waiting.ts';
import type {ActivityContext} from '../../activities/context.ts';
import {asActivity} from '../../workers/run-activity.ts';
import {resetTo, resetToStart} from './operator.ts';
import {bundleOf, startWorkers, type TestWorkers} from './workers-of.ts';

const NOWHERE = {uri: 'nowhere', sha256: '0'.repeat(64), bytes: 0, mediaType: 'application/json'};
let bundle: WorkflowBundleWithSourceMap;
let workers: TestWorkers | undefined;
beforeAll(async () => {
  bundle = await bundleOf('single-flight');
});
afterEach(() => workers?.stop());

/** Starts workers whose stage waits until `finish` is called; `starts` counts how often its work began. */
async function set({
  slots,
  first,
}: {
  readonly slots?: number;
  /** What the first look says, and when; the others look for themselves. */
  readonly first?: (waiters: string[]) => Promise<string[]>;
} = {}) {
  const looks: string[][] = [];
  let starts = 0;
  let cancelled = 0;
  let finish!: (result: string) => void;
  let fail!: (error: Error) => void;
  const result = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const context = {client: async () => started.client} as unknown as ActivityContext;
  const started = await startWorkers({
    bundle,
    ...(slots === undefined ? {} : {slots}),
    activities: (project) => ({
      resolveStage: async () => ({key: 'k'.repeat(64), workflowId: `stage/${project}/kkk`, hit: null}),
      awaitStage: asActivity(awaitStage, context),
      abandonStage: asActivity(abandonStage, context),
      waitersGone: asActivity((input: {stage: string; waiters: string[]}, of, activity) => {
        looks.push(input.waiters);
        if (first !== undefined && looks.length === 1) return first(input.waiters);
        return firstGone(input, of, activity, 100);
      }, context),
      finishUp: (done: string) => Promise.resolve(done),
      async work() {
        starts++;
        const beat = setInterval(() => Context.current().heartbeat(), 100);
        try {
          return await Promise.race([result, Context.current().cancelled]);
        } catch (error) {
          cancelled++;
          throw error;
        } finally {
          clearInterval(beat);
        }
      },
    }),
  });
  workers = started;
  const start = (): Promise<WorkflowHandle> =>
    started.client.workflow.start('run', {
      workflowId: `run/${randomUUID()}`,
      taskQueue: started.queue,
      args: [
        {
          stage: 'train',
          project: started.project,
          inputs: {},
          refs: {},
          keyFingerprint: '',
          resolved: NOWHERE,
        },
      ],
    });
  const stage = started.client.workflow.getHandle(`stage/${started.project}/kkk`);
  /** Resolves when the stage has the number of waiters that its history shows as joined or left. */
  const signals = async (count: number) =>
    expect
      .poll(
        async () => {
          const {events} = await stage.fetchHistory();
          return events?.filter((e) => e.workflowExecutionSignaledEventAttributes).length ?? 0;
        },
        {timeout: 30_000, interval: 50},
      )
      .toBe(count);
  const working = (count: number) => expect.poll(() => starts, {timeout: 30_000, interval: 20}).toBe(count);
  return {
    client: started.client,
    looks,
    start,
    stage,
    signals,
    working,
    finish: (r: string) => finish(r),
    fail: (error: Error) => fail(error),
    starts: () => starts,
    cancelled: () => cancelled,
  };
}

test('two runs that want the same stage get the result of one execution', async () => {
  const s = await set();
  const first = await s.start();
  await s.working(1);
  const second = await s.start();
  await s.signals(1);
  s.finish('adapter');
  expect(await first.result()).toMatchObject({result: 'adapter', cached: false});
  expect(await second.result()).toMatchObject({result: 'adapter', cached: false});
  expect(s.starts()).toBe(1);
});

test('the run that started the stage is cancelled: the other one still gets the result, of the same execution', async () => {
  const s = await set();
  const first = await s.start();
  await s.working(1);
  const second = await s.start();
  await s.signals(1);
  await first.cancel();
  await expect(first.result()).rejects.toSatisfy(
    (e) => e instanceof WorkflowFailedError && e.cause instanceof CancelledFailure,
  );
  await s.signals(2);
  s.finish('adapter');
  expect(await second.result()).toMatchObject({result: 'adapter'});
  expect(s.starts()).toBe(1);
  expect(s.cancelled()).toBe(0);
});

test('the run that joined is cancelled: the one that started it goes on', async () => {
  const s = await set();
  const first = await s.start();
  await s.working(1);
  const second = await s.start();
  await s.signals(1);
  await second.cancel();
  await expect(second.result()).rejects.toSatisfy(
    (e) => e instanceof WorkflowFailedError && e.cause instanceof CancelledFailure,
  );
  await s.signals(2);
  s.finish('adapter');
  expect(await first.result()).toMatchObject({result: 'adapter'});
  expect(s.starts()).toBe(1);
});

test('when the last waiter has left, the stage cancels itself, and the next run starts it anew', async () => {
  const s = await set();
  const first = await s.start();
  await s.working(1);
  await first.cancel();
  await expect(first.result()).rejects.toThrow();
  await expect(s.stage.result()).rejects.toSatisfy(
    (e) => e instanceof WorkflowFailedError && e.cause instanceof CancelledFailure,
  );
  await expect.poll(() => s.cancelled(), {timeout: 30_000}).toBe(1);
  const next = await s.start();
  await s.working(2);
  s.finish('adapter');
  expect(await next.result()).toMatchObject({result: 'adapter'});
});

test('a stage that fails fails every run that waits for it, with its own error', async () => {
  const s = await set();
  const first = await s.start();
  await s.working(1);
  const second = await s.start();
  await s.signals(1);
  s.fail(ApplicationFailure.nonRetryable('adapter.gguf hashes to something else', 'DigestMismatch'));
  for (const run of [first, second])
    await expect(run.result()).rejects.toSatisfy((error: unknown) => {
      let inner = error as Error;
      while (inner.cause instanceof Error) inner = inner.cause;
      return inner instanceof ApplicationFailure && inner.type === 'DigestMismatch';
    });
  expect(s.starts()).toBe(1);
});

test('a stage that somebody cancels is started again by the run that waits for it', async () => {
  const s = await set();
  const first = await s.start();
  await s.working(1);
  const second = await s.start();
  await s.signals(1);
  await s.stage.cancel();
  await s.working(2);
  s.finish('adapter');
  expect(await second.result()).toMatchObject({result: 'adapter'});
  expect(await first.result()).toMatchObject({result: 'adapter'});
  expect(s.starts()).toBe(2);
});

test('however many runs wait for a stage, it gets the slots that it needs', async () => {
  const s = await set({slots: 2});
  const first = await s.start();
  await s.working(1);
  const others = await Promise.all(Array.from({length: 4}, () => s.start()));
  await s.signals(4);
  s.finish('adapter');
  for (const run of [first, ...others]) expect(await run.result()).toMatchObject({result: 'adapter'});
});

describe('an operator in the Temporal UI', () => {
  const cancelled = (error: unknown) =>
    error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;

  test('terminates the only run: its stage stops too', async () => {
    const s = await set();
    const run = await s.start();
    await s.working(1);
    await run.terminate('by hand');
    await expect(s.stage.result()).rejects.toSatisfy(cancelled);
    await expect.poll(() => s.cancelled(), {timeout: 30_000}).toBe(1);
  });

  test('terminates one of two runs: the other one gets the result of the same execution', async () => {
    const s = await set();
    const first = await s.start();
    await s.working(1);
    const second = await s.start();
    await s.signals(1);
    await first.terminate('by hand');
    // The look at the first has ended with its run; the one after it is at the second alone.
    const last = () => s.looks.at(-1)!.map((waiter) => waiter.split('@')[0]);
    await expect.poll(last, {timeout: 30_000}).toEqual([second.workflowId]);
    s.finish('adapter');
    expect(await second.result()).toMatchObject({result: 'adapter'});
    expect([s.starts(), s.cancelled()]).toEqual([1, 0]);
  });

  test('resets a run to its start: it joins its own stage, and that goes on', async () => {
    const s = await set();
    const run = await s.start();
    await s.working(1);
    const again = await resetToStart(s.client, run);
    await s.signals(1);
    s.finish('adapter');
    expect(await again.result()).toMatchObject({result: 'adapter'});
    expect([s.starts(), s.cancelled()]).toEqual([1, 0]);
  });

  test('resets a run that joins while it is being looked at: what is said of its former execution counts no more', async () => {
    let say!: () => void;
    const joined = new Promise<void>((resolve) => (say = resolve));
    const s = await set({first: (waiters) => joined.then(() => waiters)});
    const run = await s.start();
    await s.working(1);
    const again = await resetToStart(s.client, run);
    await s.signals(1);
    say();
    await expect.poll(() => s.looks.length, {timeout: 30_000}).toBe(2);
    s.finish('adapter');
    expect(await again.result()).toMatchObject({result: 'adapter'});
    expect([s.starts(), s.cancelled()]).toEqual([1, 0]);
  });

  test('resets a run and cancels it: nobody is left who waits', async () => {
    const s = await set();
    const run = await s.start();
    await s.working(1);
    const again = await resetToStart(s.client, run);
    await s.signals(1);
    await again.cancel();
    await expect(again.result()).rejects.toSatisfy(cancelled);
    await expect(s.stage.result()).rejects.toSatisfy(cancelled);
    await expect.poll(() => s.cancelled(), {timeout: 30_000}).toBe(1);
  });

  test('resets a run to after it started its stage, and cancels it: it had its stage as its child', async () => {
    const s = await set();
    const run = await s.start();
    await s.working(1);
    // Look for the stage, start it, see that it is started.
    const again = await resetTo(s.client, run, 2);
    await expect
      .poll(async () => (await again.describe()).raw.pendingChildren?.map(({workflowId}) => workflowId))
      .toEqual([s.stage.workflowId]);
    await again.cancel();
    await expect(again.result()).rejects.toSatisfy(cancelled);
    await expect(s.stage.result()).rejects.toSatisfy(cancelled);
    expect(s.starts()).toBe(1);
  });

  test('resets the stage: owner and joiner get the result of the execution that goes on', async () => {
    const s = await set();
    const first = await s.start();
    await s.working(1);
    const second = await s.start();
    await s.signals(1);
    await resetToStart(s.client, s.stage);
    await s.working(2);
    s.finish('adapter');
    expect(await first.result()).toMatchObject({result: 'adapter'});
    expect(await second.result()).toMatchObject({result: 'adapter'});
    expect(s.starts()).toBe(2);
  });

  test('terminates the stage: the runs that wait start it once more', async () => {
    const s = await set();
    const first = await s.start();
    await s.working(1);
    const second = await s.start();
    await s.signals(1);
    await s.stage.terminate('by hand');
    await s.working(2);
    s.finish('adapter');
    expect(await first.result()).toMatchObject({result: 'adapter'});
    expect(await second.result()).toMatchObject({result: 'adapter'});
    expect(s.starts()).toBe(2);
  });

  test('terminates the stage again and again: the run says so and ends', async () => {
    const s = await set();
    const run = await s.start();
    for (let start = 1; start <= 5; start++) {
      await s.working(start);
      await s.stage.terminate('by hand');
    }
    await expect(run.result()).rejects.toSatisfy(
      ({cause}: WorkflowFailedError) =>
        cause instanceof ApplicationFailure && /terminated 5 times by others/.test(cause.message),
    );
  });

  test('signals what is no run: the stage ends with the runs that there are', async () => {
    const s = await set();
    const run = await s.start();
    await s.working(1);
    const {runId} = await run.describe();
    for (const junk of ['nobody', 'nobody@nowhere', `nobody@${runId}`, {no: 'string'}, 'x'.repeat(5_000)])
      await s.stage.signal('join', junk);
    await run.terminate('by hand');
    await expect(s.stage.result()).rejects.toSatisfy(cancelled);
    expect(Math.max(...s.looks.map(({length}) => length))).toBeLessThanOrEqual(4);
  });
});
