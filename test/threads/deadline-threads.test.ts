import {afterEach, expect, test} from 'vitest';
import {DeadlineThreads, type DeadlineThreadsOptions} from '../../threads/deadline-threads.ts';
import type {TestJob} from './test-thread.ts';

let threads: DeadlineThreads;
afterEach(() => threads.close());

function start(more: Partial<DeadlineThreadsOptions> = {}): void {
  threads = new DeadlineThreads({
    file: new URL('./test-thread.ts', import.meta.url),
    data: null,
    most: 1,
    deadlineMs: 60_000,
    patienceMs: 60_000,
    waiting: 10,
    waitingOfALane: 10,
    idleMs: 60_000,
    memoryMb: 64,
    ...more,
  });
}
const run = (job: TestJob, lane = 'a') => threads.run<string>(job, lane);

test('a job is done in a thread that stays for the next one', async () => {
  start();
  const [first, second] = [await run({kind: 'thread'}), await run({kind: 'thread'})];
  expect(first).toEqual({status: 'done', value: expect.stringMatching(/^thread [1-9]/)});
  expect(second).toEqual(first);
  expect(threads.threads).toBe(1);
});

test('one that takes too long is ended, and the next one is done', async () => {
  start({deadlineMs: 300});
  const [endless, next] = [run({kind: 'endless'}), run({kind: 'echo', text: 'next'})];
  expect(await endless).toEqual({status: 'ended', why: 'time'});
  expect(await next).toEqual({status: 'done', value: 'next'});
});

test('so is a regular expression that never comes back', async () => {
  start({deadlineMs: 300});
  expect(await run({kind: 'expression'})).toEqual({status: 'ended', why: 'time'});
});

test.each(['memory', 'doubling'] as const)(
  'one that takes all memory (%s) ends with its thread, and never the process',
  async (kind) => {
    for (let i = 0; i < 5; i++) {
      start({deadlineMs: 20_000});
      expect(await run({kind})).toEqual({status: 'ended', why: 'memory'});
      await threads.close();
    }
  },
);

test('what a job throws comes back, and its thread goes on', async () => {
  start();
  await expect(run({kind: 'throws'})).rejects.toThrow('as the test says');
  expect(await run({kind: 'echo', text: 'on'})).toEqual({status: 'done', value: 'on'});
  await expect(threads.run(() => 'a function', 'a')).rejects.toThrow(/could not be cloned/);
  expect(await run({kind: 'echo', text: 'still'})).toEqual({status: 'done', value: 'still'});
});

test('a thread that cannot start fails the job, and none waits for ever', async () => {
  start({file: new URL('./there-is-no-such-thread.ts', import.meta.url)});
  await expect(run({kind: 'echo', text: 'x'})).rejects.toThrow(/Cannot find module/);
  expect(threads.waiting).toBe(0);
});

test('who has sent many waits behind who has sent one', async () => {
  start();
  const order: string[] = [];
  const note = (text: string, lane: string) => run({kind: 'echo', text}, lane).then(() => order.push(text));
  await Promise.all([...['a1', 'a2', 'a3', 'a4'].map((text) => note(text, 'a')), note('b1', 'b')]);
  expect(order).toEqual(['a1', 'b1', 'a2', 'a3', 'a4']);
});

test('who sends what takes long leaves a thread to the others', async () => {
  start({most: 2, patienceMs: 3000});
  const ready = () => Promise.all([run({kind: 'echo', text: 'x'}, 'b'), run({kind: 'echo', text: 'x'}, 'c')]);
  await expect
    .poll(ready, {timeout: 20_000})
    .toMatchObject([{status: 'done'}, {status: 'done'}] satisfies object[]);
  const endless = Array.from({length: 4}, () => run({kind: 'endless'}, 'a'));
  for (let i = 0; i < 20; i++)
    expect(await run({kind: 'echo', text: `${i}`}, 'b')).toEqual({status: 'done', value: `${i}`});
  await threads.close();
  expect(await Promise.all(endless)).toEqual(Array.from({length: 4}, () => ({status: 'busy'})));
});

test('what waits beyond its patience is busy', async () => {
  start({patienceMs: 200});
  // A thread may take longer to start than a job is patient.
  await expect
    .poll(() => run({kind: 'echo', text: 'ready'}), {timeout: 20_000})
    .toMatchObject({status: 'done'});
  const endless = run({kind: 'endless'});
  expect(await run({kind: 'echo', text: 'x'})).toEqual({status: 'busy'});
  // What is under way does not wait.
  expect(await Promise.race([endless, Promise.resolve('under way')])).toBe('under way');
  await threads.close();
  expect(await endless).toEqual({status: 'busy'});
});

test('so is what comes beyond what may wait, and all once it is closed', async () => {
  start({waiting: 2, waitingOfALane: 1});
  const held = [run({kind: 'endless'}, 'a'), run({kind: 'endless'}, 'b')];
  // No thread is ready as yet.
  expect(await run({kind: 'echo', text: 'x'}, 'a')).toEqual({status: 'busy'});
  expect(await run({kind: 'echo', text: 'x'}, 'c')).toEqual({status: 'busy'});
  await threads.close();
  expect(await Promise.all(held)).toEqual([{status: 'busy'}, {status: 'busy'}]);
  expect(await run({kind: 'echo', text: 'late'})).toEqual({status: 'busy'});
});

test('a thread without work ends', async () => {
  start({idleMs: 50});
  await run({kind: 'echo', text: 'x'});
  await expect.poll(() => threads.threads, {timeout: 20_000}).toBe(0);
  expect(await run({kind: 'echo', text: 'anew'})).toEqual({status: 'done', value: 'anew'});
});
