import {WorkflowFailedError, type Client} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  TerminatedFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import {describe, expect, it} from 'vitest';
import {awaitChild, withdrawOthers} from '../../../activities/stage/own-child.ts';

const RUN = 'lifecycle/mail/1';
const CHILD = `approval/${RUN}`;
const input = {project: 'mail', digests: {release: 'r', dataset: 'd', report: 'p'}};

/** One execution of a workflow, as Temporal knows it. */
interface Known {
  readonly status: string;
  readonly parent?: string;
  readonly input?: unknown;
  /** What its result is, or why it has none. */
  readonly result?: unknown;
  /** Who asked for its cancellation: a workflow's ID, or '' for a person. */
  readonly cancelledBy?: string;
}

/** Temporal with these executions of each workflow, the newest last; waiting for a result makes `then` the newest. */
function temporal(all: Record<string, Known[]>, then: readonly Known[] = []) {
  const cancelled: string[] = [];
  const of = (id: string, run: string) => all[id]![Number(run)]!;
  const client = {
    options: {namespace: 'default', loadedDataConverter: {payloadCodecs: []}},
    withAbortSignal: (_: AbortSignal, ask: () => unknown) => ask(),
    workflowService: {
      getWorkflowExecutionHistory: ({
        execution: {workflowId, runId},
      }: {
        execution: {workflowId: string; runId: string};
      }) =>
        Promise.resolve({
          history: {
            events: [
              {
                workflowExecutionStartedEventAttributes: {
                  input: {
                    payloads: [defaultPayloadConverter.toPayload(of(workflowId, runId).input ?? input)],
                  },
                },
              },
            ],
          },
        }),
    },
    workflow: {
      getHandle: (workflowId: string, runId?: string) => ({
        workflowId,
        describe: () => {
          const known = all[workflowId];
          if (known === undefined)
            return Promise.reject(new WorkflowNotFoundError('no', workflowId, undefined));
          const {status, parent = RUN} = known.at(-1)!;
          const parentExecution = parent === '' ? null : {workflowId: parent};
          return Promise.resolve({
            runId: `${known.length - 1}`,
            status: {name: status},
            raw: {workflowExecutionInfo: {parentExecution}},
          });
        },
        cancel: () => Promise.resolve(cancelled.push(workflowId)),
        result: () => {
          const {result} = of(workflowId, runId!);
          all[workflowId]!.push(...then);
          return result instanceof Error
            ? Promise.reject(new WorkflowFailedError('failed', result, 'RETRY_POLICY_NOT_SET'))
            : Promise.resolve(result);
        },
        fetchHistory: () => {
          const by = of(workflowId, runId!).cancelledBy;
          const externalWorkflowExecution = by ? {workflowId: by} : null;
          return Promise.resolve({
            events: [{workflowExecutionCancelRequestedEventAttributes: {externalWorkflowExecution}}],
          });
        },
      }),
    },
  };
  const context = {client: () => Promise.resolve(client as unknown as Client)};
  return {context, cancelled};
}
const activity = {signal: new AbortController().signal, progress: () => undefined};
const asked = {project: 'mail', workflowId: CHILD, parent: RUN, input, ended: 'taken'} as const;

describe('a child of an earlier execution', () => {
  const gone = {status: 'gone'};
  it.each<[string, Known[], object, Known[]?]>([
    ['that runs is waited for', [{status: 'RUNNING', result: 7}], {status: 'done', result: 7}],
    ['that has completed has its result', [{status: 'COMPLETED', result: 7}], {status: 'done', result: 7}],
    [
      'that fails fails',
      [{status: 'RUNNING', result: ApplicationFailure.nonRetryable('no', 'DiskFull')}],
      {status: 'failed', type: 'DiskFull', message: 'no'},
    ],
    [
      'that had failed may do better',
      [{status: 'FAILED', result: ApplicationFailure.nonRetryable('no', 'DiskFull')}],
      gone,
    ],
    [
      'that somebody terminates says so',
      [{status: 'RUNNING', result: new TerminatedFailure('x')}],
      {status: 'terminated'},
    ],
    [
      'that had been terminated says so',
      [{status: 'TERMINATED', result: new TerminatedFailure('x')}],
      {status: 'terminated'},
    ],
    [
      'that is reset goes on as another',
      [{status: 'RUNNING', result: new TerminatedFailure('x')}],
      gone,
      [{status: 'RUNNING'}],
    ],
    [
      'that a person cancelled says so',
      [{status: 'CANCELLED', result: new CancelledFailure('x'), cancelledBy: ''}],
      {status: 'cancelled'},
    ],
    [
      'that was cancelled with its run is done again',
      [{status: 'CANCELLED', result: new CancelledFailure('x'), cancelledBy: RUN}],
      gone,
    ],
    [
      'that was cancelled with what stood in for it is done again',
      [{status: 'CANCELLED', result: new CancelledFailure('x'), cancelledBy: `adopt/${CHILD}/1a`}],
      gone,
    ],
  ])('%s', async (_, known, expected, then = []) => {
    const {context, cancelled} = temporal({[CHILD]: known}, then);
    expect(await awaitChild(asked, context, activity)).toEqual(expected);
    expect(cancelled).toEqual([]);
  });

  it('is gone where Temporal knows none', async () => {
    expect(await awaitChild(asked, temporal({}).context, activity)).toEqual(gone);
  });

  it('that has completed is done again where that is wanted', async () => {
    const {context} = temporal({[CHILD]: [{status: 'COMPLETED', result: 7}]});
    expect(await awaitChild({...asked, ended: 'again'}, context, activity)).toEqual(gone);
  });

  it.each([
    ['started by hand', {parent: ''}],
    ['of another run', {parent: 'lifecycle/mail/2'}],
    ['about other digests', {input: {...input, digests: {}}}],
  ])('%s is none: it is cancelled while it runs, and its result is not taken', async (_, other) => {
    const running = temporal({[CHILD]: [{status: 'RUNNING', result: 7, ...other}]});
    expect(await awaitChild(asked, running.context, activity)).toEqual(gone);
    expect(running.cancelled).toEqual([CHILD]);
    const ended = temporal({[CHILD]: [{status: 'COMPLETED', result: 7, ...other}]});
    expect(await awaitChild(asked, ended.context, activity)).toEqual(gone);
    expect(ended.cancelled).toEqual([]);
  });
});

describe('what goes on by other digests', () => {
  const rollout = {proof: {approval: {digests: input.digests}}};
  const both = (status: string) => ({
    [CHILD]: [{status, input}],
    [`rollout/${RUN}`]: [{status, input: rollout}],
  });
  it.each([
    [
      'is cancelled, the rollout first',
      'RUNNING',
      {...input.digests, report: 'q'},
      [`rollout/${RUN}`, CHILD],
    ],
    ['is all, where nothing is to go on', 'RUNNING', null, [`rollout/${RUN}`, CHILD]],
    ['is nothing by these very digests', 'RUNNING', input.digests, []],
    ['is nothing that has ended', 'COMPLETED', null, []],
  ])('%s', async (_, status, keep, expected) => {
    const {context, cancelled} = temporal(both(status));
    await withdrawOthers({run: RUN, keep}, context, activity);
    expect(cancelled).toEqual(expected);
  });
});
