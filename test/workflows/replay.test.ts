import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {temporal} from '@temporalio/proto';
import {bundleWorkflowCode, DefaultLogger, Runtime, Worker} from '@temporalio/worker';
import {expect, it} from 'vitest';
import {interceptorModules, workflowsPath} from '../../workers/bundle.ts';
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
it('replays every recorded history with the code as it is now', async () => {
  const {code} = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: interceptorModules(),
    logger: new DefaultLogger('WARN'),
  });
  const failed: string[] = [];
  // Under the ID that each was made under, which is part of what its children are called.
  const replayed = Worker.runReplayHistories(
    {workflowBundle: {code}, sinks: {telemetry: {ended: {fn: () => undefined}}}},
    recorded,
  );
  for await (const {workflowId, error} of replayed) {
    const {scenario} = recorded.find((one) => one.workflowId === workflowId)!;
    if (error) failed.push(`${scenario}: ${error.message}`);
  }
  expect(failed).toEqual([]);
}, 120_000);
