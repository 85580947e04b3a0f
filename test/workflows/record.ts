import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {WorkflowHandle} from '@temporalio/client';
import {temporal} from '@temporalio/proto';

const {History} = temporal.api.history.v1;

/** Where recorded histories lie: one a scenario, in Temporal's own protobuf. */
export const HISTORIES = join(import.meta.dirname, '..', 'histories');

/**
 * Keeps a run's history under a scenario's name, when the tests run with RATCHET_RECORD_HISTORIES=1: do that after a change
 * of workflow code that is meant to break replay, and say so in the commit.
 */
export async function record(handle: WorkflowHandle, scenario: string): Promise<void> {
  if (!process.env['RATCHET_RECORD_HISTORIES']) return;
  await mkdir(HISTORIES, {recursive: true});
  const history = await handle.fetchHistory();
  await writeFile(join(HISTORIES, `${scenario}.history`), History.encode(history).finish());
}
