import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {Client, Connection} from '@temporalio/client';
import {afterEach, expect, test} from 'vitest';
import {endLeftovers} from '../../stack/leftovers.ts';
import {readStack} from '../../stack/stack-file.ts';
import {environmentVariables, resolveEnvironment} from '../../launcher/environment.js';
import {SEARCH_ATTRIBUTES} from '../../schemas/names.ts';
import {stillRuns} from '../../host/process-identity.ts';
import {projectYaml} from './project-yaml.ts';
import {until} from './until.ts';

const found = resolveEnvironment();
const folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-temporal-'));
let supervisor: ChildProcess | undefined;

afterEach(async () => {
  supervisor?.kill('SIGKILL');
  const reaper = readStack(folder)?.reaper;
  if (reaper) await until('the reaper to end', () => !stillRuns(reaper));
  await endLeftovers(folder);
  rmSync(folder, {recursive: true, force: true});
});

test.skipIf(found.temporal === undefined)(
  'a Temporal server that is killed comes back on its port with everything it knew; with its supervisor killed, too, it ends',
  async () => {
    writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
    const program = path.join(import.meta.dirname, 'temporal-supervisor.ts');
    const env: NodeJS.ProcessEnv = {...process.env, ...environmentVariables(found)};
    delete env['TEMPORAL_ADDRESS'];
    supervisor = spawn(process.execPath, [program, folder], {env, stdio: ['ignore', 'ignore', 'inherit']});
    const first = await until('Temporal to answer', () => {
      const state = readStack(folder);
      return state?.status === 'ready' && state;
    });

    // 1. Something it has to remember, and the search attributes that the UI needs.
    let connection = await Connection.connect({address: first.temporal});
    const {customAttributes} = await connection.operatorService.listSearchAttributes({namespace: 'default'});
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    const started = await new Client({connection}).workflow.start('anything', {
      workflowId: 'remembered',
      taskQueue: 'q',
    });
    await connection.close();
    const ui = await fetch(first.ui!);
    expect(ui.status).toBe(200);
    await ui.body?.cancel();

    // 2. Killed, it is back where it was.
    process.kill(first.pids['temporal']!.pid, 'SIGKILL');
    const second = await until('Temporal to be back', () => {
      const state = readStack(folder)!;
      return state.parts['temporal']!.deaths === 1 && state.parts['temporal']!.status === 'ready' && state;
    });
    expect(second.temporal).toBe(first.temporal);
    connection = await Connection.connect({address: second.temporal});
    const {runId, status} = await new Client({connection}).workflow.getHandle('remembered').describe();
    await connection.close();
    expect({runId, status: status.name}).toEqual({runId: started.firstExecutionRunId, status: 'RUNNING'});

    // 3. No orphan, though the server itself is no program of ours.
    supervisor.kill('SIGKILL');
    await until('Temporal to end', () => !stillRuns(second.pids['temporal']!));
  },
  180_000,
);
