import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {temporal} from '@temporalio/proto';
import {bundleWorkflowCode, DefaultLogger, Runtime, Worker} from '@temporalio/worker';
import {expect, it} from 'vitest';
import {HISTORIES} from './record.ts';

Runtime.install({logger: new DefaultLogger('ERROR')});

/** A run that began before an upgrade goes on after it: today's code must make the same decisions from yesterday's events. */
it('replays every recorded history with the code as it is now', async () => {
  const {code} = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  const files = readdirSync(HISTORIES).filter((file) => file.endsWith('.history'));
  expect(files.length).toBeGreaterThanOrEqual(10);
  const histories = files.map((file) => ({
    workflowId: basename(file, '.history'),
    history: temporal.api.history.v1.History.decode(readFileSync(join(HISTORIES, file))),
  }));
  const failed: string[] = [];
  for await (const {workflowId, error} of Worker.runReplayHistories({workflowBundle: {code}}, histories)) {
    if (error) failed.push(`${workflowId}: ${error.message}`);
  }
  expect(failed).toEqual([]);
}, 120_000);
