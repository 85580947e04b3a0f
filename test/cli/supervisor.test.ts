import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {bringDown} from '../../stack/bring-down.ts';
import {endLeftovers} from '../../stack/leftovers.ts';
import {readStack, stackPaths} from '../../stack/stack-file.ts';
import type {StackState} from '../../stack/stack-file.ts';
import {liveStack} from '../../stack/live-stack.ts';
import {askToServe} from '../../stack/supervisor.ts';
import {identify, signal, stillRuns} from '../../host/process-identity.ts';
import {freePorts} from '../setup/child-service.ts';
import {until} from './until.ts';

let folder: string;
let supervisors: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-stack-'));
});
afterEach(async () => {
  for (const one of supervisors) one.kill('SIGKILL');
  const reaper = readStack(folder)?.reaper;
  if (reaper) await until('the reaper to end', () => !stillRuns(reaper));
  await endLeftovers(folder);
  supervisors = [];
  rmSync(folder, {recursive: true, force: true});
});

async function startFake(parts: number): Promise<{ports: number[]; child: ChildProcess}> {
  const ports = await freePorts(parts);
  const child = launch(ports);
  await until('the stack to be ready', () => readStack(folder)?.status === 'ready');
  return {ports, child};
}

function launch(ports: readonly number[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const program = path.join(import.meta.dirname, 'fake-supervisor.ts');
  const child = spawn(process.execPath, [program, folder, ...ports.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {...process.env, ...env},
  });
  supervisors.push(child);
  return child;
}

const pidOn = async (port: number) => (await fetch(`http://127.0.0.1:${port}`)).text();
const state = () => readStack(folder)!;
/** Lines of the supervisor's log, without their times; every line has one. */
function logged(): string[] {
  const lines = readFileSync(stackPaths(folder).supervisorLog, 'utf8').trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z supervisor( warn| error)?: /);
  return lines.map((line) => line.replace(/^\S+ /, ''));
}
const identities = (of: StackState) => Object.values(of.pids);

describe('a supervisor', () => {
  test('names every process in stack.json, and starts a part only when those before it answer', async () => {
    const {ports} = await startFake(3);
    const now = state();
    expect(Object.keys(now.pids)).toEqual(['part-1', 'part-2', 'part-3']);
    for (const [i, port] of ports.entries())
      expect(await pidOn(port)).toBe(String(now.pids[`part-${i + 1}`]!.pid));
    expect(now.parts['part-3']).toMatchObject({status: 'ready', deaths: 0});
    expect(liveStack(folder)?.supervisor).toEqual(now.supervisor);
  });

  test('starts an eager part beside those it is after, and still ends it before them', async () => {
    const child = launch(await freePorts(2), {EAGER: '1'});
    await until('the stack to be ready', () => readStack(folder)?.status === 'ready');
    child.kill('SIGTERM');
    await until('the stack to be stopped', () => state().status === 'stopped');
    const about = logged().filter((line) => /part-\d (started|answers|stopped)/.test(line));
    expect(about.map((line) => line.replace(/^supervisor: (part-\d \w+).*/, '$1'))).toEqual([
      'part-1 started',
      'part-2 started',
      expect.stringMatching(/part-\d answers/),
      expect.stringMatching(/part-\d answers/),
      'part-2 stopped',
      'part-1 stopped',
    ]);
  });

  test('told to wait with the parts that serve, starts them when somebody asks', async () => {
    mkdirSync(stackPaths(folder).home, {recursive: true});
    // What somebody asked of an earlier supervisor.
    askToServe(folder);
    launch(await freePorts(3), {SERVE_AFTER: '3600000'});
    const statuses = () => Object.values(readStack(folder)?.parts ?? {}).map(({status}) => status);
    await until('the others to answer', () => statuses().slice(0, 2).join() === 'ready,ready');
    expect(state().status).toBe('starting');
    expect(statuses()[2]).toBe('waiting');
    askToServe(folder);
    await until('the stack to be ready', () => state().status === 'ready');
    expect(statuses()).toEqual(['ready', 'ready', 'ready']);
  });

  test('starts them by itself after a while, and stops without them before', async () => {
    const soon = launch(await freePorts(2), {SERVE_AFTER: '1'});
    await until('the stack to be ready', () => readStack(folder)?.status === 'ready');
    soon.kill('SIGTERM');
    await until('the stack to be stopped', () => state().status === 'stopped');
    launch(await freePorts(2), {SERVE_AFTER: '3600000'});
    await until('the first to answer', () => state().parts['part-1']?.status === 'ready');
    await bringDown(folder, () => undefined);
    expect(Object.values(state().parts).map(({status}) => status)).toEqual(['stopped', 'stopped']);
  });

  test('starts a killed part again, on the same port, and counts its deaths', async () => {
    const {ports} = await startFake(2);
    const first = state().pids['part-1']!;
    process.kill(first.pid, 'SIGKILL');
    const second = await until('part-1 to be back', () => {
      const now = state();
      return (
        now.parts['part-1']!.deaths === 1 && now.parts['part-1']!.status === 'ready' && now.pids['part-1']
      );
    });
    expect(second).not.toEqual(first);
    expect(await pidOn(ports[0]!)).toBe(String(second.pid));
    expect(logged().filter((line) => line.includes('part-1 '))).toEqual([
      `supervisor: part-1 started (process ${first.pid})`,
      expect.stringMatching(/^supervisor: part-1 answers seconds=[\d.]+$/),
      'supervisor warn: part-1 ended by SIGKILL; again in 250 ms (death 1)',
      `supervisor: part-1 started (process ${second.pid})`,
      expect.stringMatching(/^supervisor: part-1 answers seconds=[\d.]+$/),
    ]);
    expect(state().pids['part-2']).toEqual(identify(state().pids['part-2']!.pid));
  });

  test('killed itself leaves no process behind', async () => {
    const {child} = await startFake(3);
    const all = identities(state());
    expect(all.every(stillRuns)).toBe(true);
    child.kill('SIGKILL');
    await until('the parts to end', () => !all.some(stillRuns));
    expect(liveStack(folder)).toBeUndefined();
    expect(logged().at(-1)).toBe(
      `supervisor error: the supervisor is gone: ending what it left, processes ${all.map(({pid}) => pid).join(', ')}`,
    );
  });

  test('killed together with its reaper: the next one ends what is left before it starts', async () => {
    const {child, ports} = await startFake(2);
    const former = state();
    signal(former.reaper!, 'SIGKILL');
    child.kill('SIGKILL');
    await until('both to be gone', () => !stillRuns(former.supervisor) && !stillRuns(former.reaper!));
    expect(identities(former).every(stillRuns)).toBe(true);
    launch(ports);
    await until('the new stack to be ready', () => {
      const now = state();
      return now.supervisor.pid !== former.supervisor.pid && now.status === 'ready';
    });
    expect(identities(former).some(stillRuns)).toBe(false);
    expect(identities(state()).every(stillRuns)).toBe(true);
    // The log of the killed one is still there, and the new one goes on in it.
    expect(logged().filter((line) => line.startsWith('supervisor: starting'))).toHaveLength(2);
    expect(logged()).toContain('supervisor warn: ended what a killed supervisor left: part-1, part-2');
  });

  test('starts its reaper again when that is killed, and tells it of every part', async () => {
    const {child} = await startFake(2);
    const former = state().reaper!;
    signal(former, 'SIGKILL');
    // The new reaper's number is written with the next change of state.
    process.kill(state().pids['part-2']!.pid, 'SIGKILL');
    const now = await until('a new reaper', () => {
      const {reaper, parts} = state();
      return reaper !== null && reaper.pid !== former.pid && parts['part-2']!.status === 'ready' && state();
    });
    child.kill('SIGKILL');
    await until('the parts to end', () => !identities(now).some(stillRuns));
  });

  test('a second one for the same folder is refused', async () => {
    const {ports} = await startFake(1);
    const second = launch(ports);
    let said = '';
    second.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Promise((resolve) => second.once('close', resolve));
    expect(said).toContain(`a stack already runs in ${folder}`);
    expect(liveStack(folder)?.status).toBe('ready');
  });
});

describe('down', () => {
  test('stops every part by SIGTERM and says so; a second time there is nothing to stop', async () => {
    await startFake(3);
    const all = identities(state());
    const said: string[] = [];
    expect(await bringDown(folder, (line) => said.push(line.trim()))).toMatchObject({project: 'fake'});
    expect(all.some(stillRuns)).toBe(false);
    expect(state().status).toBe('stopped');
    expect(logged()).toContain('supervisor: part-2 stopped: ended with code 0');
    expect(logged().at(-1)).toBe('supervisor: stopped');
    for (const name of ['part-1', 'part-2', 'part-3']) {
      expect(said).toContain(`${name} stopped`);
      expect(readFileSync(path.join(stackPaths(folder).logs, `${name}.log`), 'utf8')).toContain(
        'SIGTERM heard, ending',
      );
    }
    expect(await bringDown(folder, () => {})).toBeUndefined();
  });

  test('ends what a supervisor left that was killed with its reaper', async () => {
    const {child} = await startFake(2);
    const former = state();
    signal(former.reaper!, 'SIGKILL');
    child.kill('SIGKILL');
    await until('both to be gone', () => !stillRuns(former.supervisor) && !stillRuns(former.reaper!));
    const said: string[] = [];
    await bringDown(folder, (line) => said.push(line.trim()));
    expect(said).toEqual(['part-1 was left behind: ended', 'part-2 was left behind: ended']);
    expect(identities(former).some(stillRuns)).toBe(false);
  });

  test('never touches a later process that got a recorded number', async () => {
    const {child} = await startFake(1);
    const former = state();
    child.kill('SIGKILL');
    await until('the part to end', () => !identities(former).some(stillRuns));
    const [port] = await freePorts(1);
    const stranger = spawn(process.execPath, [
      path.join(import.meta.dirname, 'fake-part.ts'),
      '--port',
      String(port),
    ]);
    supervisors.push(stranger);
    await until('the stranger to answer', () => pidOn(port!).catch(() => undefined));
    const stolen = {...former, pids: {'part-1': {...former.pids['part-1']!, pid: stranger.pid!}}};
    writeFileSync(stackPaths(folder).state, JSON.stringify(stolen));
    expect(await bringDown(folder, () => {})).toBeUndefined();
    expect(await pidOn(port!)).toBe(String(stranger.pid));
  });

  test('ends a training job that outlived its worker', async () => {
    await startFake(1);
    const [port] = await freePorts(1);
    const trainer = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'fake-part.ts'), '--port', String(port)],
      {
        detached: true,
        stdio: 'ignore',
      },
    );
    supervisors.push(trainer);
    await until('the trainer to answer', () => pidOn(port!).catch(() => undefined));
    const job = identify(trainer.pid!)!;
    mkdirSync(path.join(stackPaths(folder).jobs, 'a-job'), {recursive: true});
    writeFileSync(path.join(stackPaths(folder).jobs, 'a-job', 'process.json'), JSON.stringify(job));
    await bringDown(folder, () => {});
    expect(stillRuns(job)).toBe(false);
  });
});
