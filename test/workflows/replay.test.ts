import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {temporal} from '@temporalio/proto';
import {bundleWorkflowCode, DefaultLogger, Runtime, Worker} from '@temporalio/worker';
import {expect, it} from 'vitest';
import {interceptorModules, workflowsPath} from '../../workers/bundle.ts';
import type {WorkflowEnd} from '../../schemas/messages.ts';
import * as workflows from '../../workflows/index.ts';
import {HISTORIES} from './record.ts';

Runtime.install({logger: new DefaultLogger('ERROR')});

const recorded = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.history'))
  .map((file) => {
    const history = temporal.api.history.v1.History.decode(readFileSync(join(HISTORIES, file)));
    const {workflowType, workflowId} = history.events[0]!.workflowExecutionStartedEventAttributes!;
    return {
      scenario: basename(file, '.history'),
      type: workflowType!.name!,
      workflowId: workflowId!,
      history,
    };
  });

it('has a recorded history of every workflow', () => {
  expect(new Set(recorded.map(({type}) => type))).toEqual(new Set(Object.keys(workflows)));
});

/** A run that began before an upgrade goes on after it: today's code must make the same decisions from yesterday's events. */
it('replays every recorded history with the code as it is now, and tells how each ended', async () => {
  const {code} = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: interceptorModules(),
    logger: new DefaultLogger('WARN'),
  });
  const failed: string[] = [];
  const outcomes = new Map<string, string>();
  const scenarioOf = (id: string) => recorded.find(({workflowId}) => workflowId === id)!.scenario;
  const ended = (info: {workflowId: string}, end: unknown) => {
    outcomes.set(scenarioOf(info.workflowId), (end as WorkflowEnd).outcome);
  };
  // Under the ID that each was made under, which is part of what its children are called.
  const replayed = Worker.runReplayHistories(
    {workflowBundle: {code}, sinks: {telemetry: {ended: {fn: ended, callDuringReplay: true}}}},
    recorded,
  );
  for await (const {workflowId, error} of replayed) {
    if (error) failed.push(`${scenarioOf(workflowId)}: ${error.message}`);
  }
  expect(failed).toEqual([]);
  expect(Object.fromEntries(outcomes)).toMatchObject({
    'lifecycle-promoted': 'done',
    'lifecycle-refused': 'done',
    'lifecycle-failed': 'failed',
    // Its failure is its result.
    'retrain-promoted': 'done',
    'retrain-failed': 'failed',
  });
}, 120_000);
