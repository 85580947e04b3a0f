import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {describe, expect, test} from 'vitest';
import {childrenOf, cpuOf, parseCpu, parsePeakMb, peakMbOf} from '../../scripts/bench/proc.ts';

/** A line of Linux 6.8, of a process that renamed itself `a) b (c`. */
const STAT =
  '4107 (a) b (c) S 4100 4107 4100 34817 4107 4194304 2217 9120 3 11 152 31 407 60 20 0 11 0 98231 1181116416 21043 18446744073709551615 1 1 0 0 0 0 0 16781312 134300674 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0';

describe('proc(5)', () => {
  test('CPU seconds are fields 14 to 17 in hundredths, whatever the process is called', () => {
    expect(parseCpu(STAT)).toEqual({own: 1.83, children: 4.67});
  });

  test('the peak of the resident memory is VmHWM, in MB of 10⁶ bytes', () => {
    expect(parsePeakMb('Name:\tnode\nVmPeak:\t 1153436 kB\nVmHWM:\t  102400 kB\nVmRSS:\t   84000 kB\n')).toBe(
      104.9,
    );
  });

  test('a kernel thread has no memory of its own', () => {
    expect(parsePeakMb('Name:\tkthreadd\nThreads:\t1\n')).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('children are the processes that one has begun', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], {stdio: 'ignore'});
    await once(child, 'spawn');
    expect(childrenOf(process.pid)).toContain(child.pid);
    expect(childrenOf(child.pid!)).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(childrenOf(process.pid)).not.toContain(child.pid);
  });

  test.runIf(process.platform === 'linux')('of processes that are there', () => {
    expect(peakMbOf(process.pid)).toBeGreaterThan(10);
    const before = cpuOf('self')!.children;
    spawnSync(process.execPath, ['-e', 'const end = Date.now() + 300; while (Date.now() < end);']);
    expect(cpuOf('self')!.children).toBeGreaterThan(before);
  });
});
