import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, type AddressInfo, type Server} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {HeldPorts} from '../../stack/ports.ts';

let folder: string;
let listening: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ratchet-ports-'));
});
afterEach(async () => {
  await Promise.all(listening.map((server) => new Promise((resolve) => server.close(resolve))));
  listening = [];
  rmSync(folder, {recursive: true});
});

function listen(port: number): Promise<number> {
  const server = createServer();
  listening.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

test('any port is one that no outgoing connection gets, and each is another', async () => {
  const ports = new HeldPorts(folder);
  const taken: number[] = [];
  for (let i = 0; i < 50; i++) taken.push(await ports.take(0));
  expect(Math.min(...taken)).toBeGreaterThanOrEqual(15_000);
  expect(Math.max(...taken)).toBeLessThan(32_768);
  expect(new Set(taken).size).toBe(50);
});

test('a port that is listened on, or held by another stack, is passed over', async () => {
  const [one, other] = [new HeldPorts(folder), new HeldPorts(folder)];
  const busy = await listen(await one.take(0));
  one.release();
  const first = await one.take(busy);
  expect(first).toBeGreaterThan(busy);
  const second = await other.take(busy);
  expect(second).toBeGreaterThan(first);
  one.release();
  expect(await other.take(first)).toBe(first);
});
