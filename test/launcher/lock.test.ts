import {spawn} from 'node:child_process';
import {mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, it} from 'vitest';
import {lockPath, withLock} from '../../launcher/lock.js';
import {scratchFolder} from './scratch.ts';

const LOCK_MODULE = fileURLToPath(new URL('../../launcher/lock.js', import.meta.url));

/** Adds one to a number in a file, `times` times, each time under the lock, with a pause between read and write. */
const COUNTER = `
import {readFileSync, writeFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {withLock} from ${JSON.stringify(LOCK_MODULE)};
const [path, file, times] = process.argv.slice(2);
for (let i = 0; i < Number(times); i += 1) {
  await withLock(path, async () => {
    const n = Number(readFileSync(file, 'utf8'));
    await delay(1);
    writeFileSync(file, String(n + 1));
  });
}`;

function run(script: string, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [script, ...args], {stdio: 'inherit'});
  return new Promise((resolve) => child.once('exit', resolve));
}

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '0']);
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

function plantLock(path: string, holder: object): void {
  mkdirSync(path, {recursive: true});
  writeFileSync(join(path, 'holder.json'), JSON.stringify(holder));
}

describe('withLock', () => {
  it('lets one of several processes in at a time, a stale lock in their way', async () => {
    const folder = scratchFolder();
    const path = lockPath(folder, 'counter');
    plantLock(path, {pid: await deadPid(), host: hostname(), started: '1', token: 'stale'});
    const script = join(folder, 'counter.mjs');
    const file = join(folder, 'n');
    writeFileSync(script, COUNTER);
    writeFileSync(file, '0');

    const codes = await Promise.all(Array.from({length: 4}, () => run(script, [path, file, '5'])));

    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(file, 'utf8')).toBe('20');
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  it('takes over from a process number that now belongs to another process', async () => {
    const path = lockPath(scratchFolder(), 'reused');
    plantLock(path, {pid: process.pid, host: hostname(), started: 'another start', token: 'reused'});
    await expect(withLock(path, async () => 'in')).resolves.toBe('in');
  });

  it('waits for a holder that lives, says so once, and goes in when it is given back', async () => {
    const path = lockPath(scratchFolder(), 'busy');
    const order: string[] = [];
    const entered = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    const first = withLock(path, async () => {
      entered.resolve();
      await letGo.promise;
      order.push('first');
    });
    await entered.promise;
    const second = withLock(path, async () => order.push('second'), {
      onWait: ({pid}) => {
        order.push(`waits for ${pid === process.pid ? 'this process' : pid}`);
        letGo.resolve();
      },
    });
    await Promise.all([first, second]);
    expect(order).toEqual(['waits for this process', 'first', 'second']);
  });

  it('takes over from a holder on another machine only after a long silence', async () => {
    const path = lockPath(scratchFolder(), 'elsewhere');
    plantLock(path, {pid: 1, host: 'another-machine', started: undefined, token: 'far'});
    const waited: string[] = [];
    const entered = withLock(path, async () => 'in', {
      onWait: ({host}) => {
        waited.push(host);
        const past = new Date(Date.now() - 10 * 60_000);
        utimesSync(join(path, 'holder.json'), past, past);
      },
    });
    await expect(entered).resolves.toBe('in');
    expect(waited).toEqual(['another-machine']);
  });

  it('gives the lock back when the work fails', async () => {
    const path = lockPath(scratchFolder(), 'fails');
    await expect(withLock(path, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
    await expect(withLock(path, async () => 'in')).resolves.toBe('in');
  });
});
