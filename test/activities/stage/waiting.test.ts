import type {Client} from '@temporalio/client';
import {CancelledFailure, WorkflowNotFoundError} from '@temporalio/common';
import {expect, it} from 'vitest';
import {awaitStage, firstGone} from '../../../activities/stage/waiting.ts';

const [FIRST, SECOND] = ['11111111-0000-4000-8000-000000000000', '22222222-0000-4000-8000-000000000000'];

/** An activity that can be cancelled. */
function activity() {
  const controller = new AbortController();
  return {signal: controller.signal, progress: () => undefined, cancel: () => controller.abort()};
}

interface Execution {
  readonly runId: string;
  readonly running: boolean;
  /** Minutes ago. */
  readonly closed?: number;
  readonly children?: readonly string[];
}
/** A client that knows these executions, the newest last; `asked` counts its requests. */
function clientOf(executions: Readonly<Record<string, readonly Execution[]>>) {
  const counted = {asked: 0};
  const client = {
    withAbortSignal: (_: AbortSignal, ask: () => unknown) => ask(),
    workflow: {
      getHandle: (workflowId: string, runId?: string) => ({
        describe: () => {
          counted.asked += 1;
          const all = executions[workflowId] ?? [];
          const one = runId === undefined ? all.at(-1) : all.find((other) => other.runId === runId);
          if (one === undefined) return Promise.reject(new WorkflowNotFoundError('no', workflowId, runId));
          return Promise.resolve({
            runId: one.runId,
            status: {name: one.running ? 'RUNNING' : 'TERMINATED'},
            ...(one.closed === undefined ? {} : {closeTime: new Date(Date.now() - one.closed * 60_000)}),
            raw: {pendingChildren: one.children?.map((child) => ({workflowId: child}))},
          });
        },
      }),
    },
  } as unknown as Client;
  return {...counted, counted, context: {client: () => Promise.resolve(client)}};
}

it('a waiter that is cancelled while it connects ends at once', async () => {
  const one = activity();
  const ending = awaitStage({workflowId: 'train/mail/1'}, {client: () => new Promise(() => {})}, one);
  one.cancel();
  await expect(ending).rejects.toBeInstanceOf(CancelledFailure);
});

it('a waiter that was cancelled before it began does not connect', async () => {
  const one = activity();
  one.cancel();
  let asked = 0;
  const client = () => {
    asked += 1;
    return new Promise<Client>(() => {});
  };
  await expect(awaitStage({workflowId: 'train/mail/1'}, {client}, one)).rejects.toBeInstanceOf(
    CancelledFailure,
  );
  expect(asked).toBe(0);
});

it('a waiter whose client cannot be had fails, so that Temporal tries again', async () => {
  const client = () => Promise.reject(new Error('connection refused'));
  await expect(awaitStage({workflowId: 'train/mail/1'}, {client}, activity())).rejects.toThrow('refused');
});

const gone = (executions: Readonly<Record<string, readonly Execution[]>>, waiters: readonly string[]) =>
  firstGone({stage: 'train/mail/1', waiters}, clientOf(executions).context, activity(), 1);
const there: Execution = {runId: FIRST, running: true};

it.each<[string, readonly Execution[], boolean]>([
  ['its execution runs', [there], false],
  ['its execution has ended', [{runId: FIRST, running: false, closed: 0}], true],
  ['Temporal knows it no more', [], true],
  [
    'it was reset a minute ago',
    [
      {runId: FIRST, running: false, closed: 1},
      {runId: SECOND, running: true},
    ],
    false,
  ],
  [
    'it was reset an hour ago and has not come back',
    [
      {runId: FIRST, running: false, closed: 60},
      {runId: SECOND, running: true},
    ],
    true,
  ],
  [
    'it was reset an hour ago to after it had started the stage',
    [
      {runId: FIRST, running: false, closed: 60},
      {runId: SECOND, running: true, children: ['train/mail/1']},
    ],
    false,
  ],
  [
    'it was reset and ended then',
    [
      {runId: FIRST, running: false, closed: 1},
      {runId: SECOND, running: false, closed: 0},
    ],
    true,
  ],
])('where %s', async (_, executions, expected) => {
  // Behind it one that is gone for certain: what is not gone itself hides it.
  const waiters = [`lifecycle/mail/1@${FIRST}`, `nobody@${FIRST}`];
  const looks = gone({'lifecycle/mail/1': executions}, waiters);
  if (expected) expect(await looks).toEqual(waiters);
  else {
    const first = await Promise.race([looks, new Promise((resolve) => setTimeout(resolve, 50, 'looks on'))]);
    expect(first).toBe('looks on');
  }
});

it('a workflow is there while any execution of it runs', async () => {
  const executions = {
    'lifecycle/mail/1': [
      {runId: FIRST, running: false, closed: 60},
      {runId: SECOND, running: true},
    ],
    'lifecycle/mail/2': [{runId: FIRST, running: false, closed: 0}],
  };
  expect(await gone(executions, ['lifecycle/mail/2', 'lifecycle/mail/1', 'nobody'])).toEqual([
    'lifecycle/mail/2',
  ]);
});

it('what is no execution is gone without a question', async () => {
  const {context, counted} = clientOf({});
  const waiters = ['', 'nobody@nowhere', `@${FIRST}`];
  expect(await firstGone({stage: 'train/mail/1', waiters}, context, activity())).toEqual(waiters);
  expect(counted.asked).toBe(0);
});

it('asks Temporal once a look while the first one is there, and for fifty waiters at most', async () => {
  const some = Array.from({length: 400}, (_, i) => `nobody/${i}@${FIRST}`);
  const {context, counted} = clientOf({'lifecycle/mail/1': [there]});
  expect(await firstGone({stage: 's', waiters: some}, context, activity())).toEqual(some.slice(0, 50));
  expect(counted.asked).toBe(50);
  const one = activity();
  const looks = firstGone({stage: 's', waiters: [`lifecycle/mail/1@${FIRST}`, ...some]}, context, one);
  await expect.poll(() => counted.asked).toBe(51);
  one.cancel();
  await expect(looks).rejects.toThrow();
});
