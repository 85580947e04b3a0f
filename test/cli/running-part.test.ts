import {createServer} from 'node:net';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {answersHttp} from '../../stack/health.ts';
import {RunningPart} from '../../stack/running-part.ts';
import {cutLog, lastLines} from '../../stack/log-file.ts';
import type {Part} from '../../stack/part.ts';
import {HeldPorts} from '../../stack/ports.ts';
import {startReaper} from '../../stack/reaper-process.ts';
import type {Reaper} from '../../stack/reaper-process.ts';
import {stillRuns} from '../../host/process-identity.ts';
import {freePorts} from '../setup/child-service.ts';
import {until} from './until.ts';

let folder: string;
let reaper: Reaper;
const started: RunningPart[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-part-'));
  reaper = startReaper(path.join(folder, 'jobs'), path.join(folder, 'supervisor.log'));
});
afterEach(async () => {
  for (const part of started.splice(0)) await part.stop();
  await reaper.close();
  rmSync(folder, {recursive: true, force: true});
});

async function start(args: readonly string[], changes: Partial<Part> = {}) {
  const [port] = await freePorts(1);
  const notes: string[] = [];
  const said: string[] = [];
  const running: RunningPart = new RunningPart(
    {
      name: 'part',
      command: process.execPath,
      args: [path.join(import.meta.dirname, 'fake-part.ts'), '--port', String(port), ...args],
      env: {},
      cwd: folder,
      after: [],
      answers: () => answersHttp(`http://127.0.0.1:${port}`),
      graceMs: 2_000,
      ...changes,
    },
    {
      log: path.join(folder, 'part.log'),
      reaper,
      backOff: {firstMs: 1, maxMs: 8, healthyMs: 60_000},
      changed: () => {
        const {status, note} = running.state;
        if (status === 'restarting') notes.push(note);
      },
      say: (line) => said.push(line),
    },
  );
  started.push(running);
  running.start();
  return {running, notes, said};
}

test('a part that keeps dying is started again and again, each time a bit later', async () => {
  const {running, notes} = await start(['--say', 'no model at /m.gguf', '--exit', '3']);
  await until('six deaths', () => running.state.deaths >= 6);
  expect(notes.slice(0, 6)).toEqual([1, 2, 4, 8, 8, 8].map((ms) => `ended with code 3; again in ${ms} ms`));
  expect(running.state.deathsInARow).toBe(running.state.deaths);
  expect(lastLines(path.join(folder, 'part.log'), 1)).toEqual(['no model at /m.gguf']);
});

test('a program that does not exist is a death like any other', async () => {
  const {running} = await start([], {command: path.join(folder, 'none')});
  await until('a death', () => running.state.deaths > 0);
  await running.stop();
  expect(running.state.status).toBe('stopped');
});

test('one that does not hear SIGTERM is killed after its grace', async () => {
  const {running} = await start(['--deaf'], {graceMs: 300});
  await until('an answer', () => running.state.status === 'ready');
  const identity = running.identity!;
  await running.stop();
  expect(stillRuns(identity)).toBe(false);
  expect(readFileSync(path.join(folder, 'part.log'), 'utf8')).toContain('SIGTERM heard, going on');
  expect(running.state).toMatchObject({status: 'stopped', note: 'ended by SIGKILL'});
});

test('one that is stopped while it waits for its next start is not started again', async () => {
  const {running} = await start(['--exit', '1']);
  await until('a death', () => running.state.deaths > 0);
  await running.stop();
  const {deaths} = running.state;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(running.state).toMatchObject({status: 'stopped', deaths});
  expect(running.identity).toBeUndefined();
});

test('a log that has grown too large is cut, with one former piece kept', () => {
  const log = path.join(folder, 'big.log');
  writeFileSync(log, 'x'.repeat(2000));
  expect(cutLog(log, 1000)).toBe(true);
  expect(readFileSync(log, 'utf8')).toBe('');
  expect(readFileSync(`${log}.1`, 'utf8')).toHaveLength(2000);
  expect(cutLog(log, 1000)).toBe(false);
});

test('a taken port gives the next free one', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-ports-'));
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as {port: number}).port)),
  );
  expect(await new HeldPorts(folder).take(port)).toBeGreaterThan(port);
  await new Promise((resolve) => server.close(resolve));
});

test('a port that another stack chose is taken before anything listens there, until it is released', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-ports-'));
  const [one, other] = [new HeldPorts(folder), new HeldPorts(folder)];
  const port = await one.take(0);
  expect(await other.take(port)).toBeGreaterThan(port);
  one.release();
  expect(await other.take(port)).toBe(port);
});
