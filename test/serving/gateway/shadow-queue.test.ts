import {setTimeout as wait} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {ShadowQueue} from '../../../serving/gateway/shadow-queue.ts';

function queue(more: {idle: () => boolean; patienceMs?: number; limit?: number}) {
  let dropped = 0;
  const shadows = new ShadowQueue({
    limit: more.limit ?? 10,
    mayStart: more.idle,
    dropped: () => dropped++,
    patienceMs: more.patienceMs ?? 0,
    pollMs: 1,
  });
  return {shadows, dropped: () => dropped};
}

test('copies run one at a time, in order, and not in the turn that adds them', async () => {
  const {shadows} = queue({idle: () => true});
  const seen: string[] = [];
  for (const name of ['a', 'b', 'c'])
    shadows.add(async () => {
      seen.push(`${name} begins`);
      await wait(2);
      seen.push(`${name} ends`);
    });
  expect(seen).toEqual([]);
  await expect.poll(() => shadows.size, {timeout: 20_000}).toBe(0);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('without patience none starts while no engine is idle; all do when one is', async () => {
  let idle = false;
  const {shadows, dropped} = queue({idle: () => idle, limit: 2});
  let ran = 0;
  for (let i = 0; i < 3; i++) shadows.add(async () => void ran++);
  await wait(50);
  expect([ran, shadows.size, dropped()]).toEqual([0, 2, 1]);
  idle = true;
  await expect.poll(() => ran, {timeout: 20_000}).toBe(2);
});

test('under constant load one is let in each time patience ends, never faster', async () => {
  const {shadows} = queue({idle: () => false, patienceMs: 60});
  const began = performance.now();
  const starts: number[] = [];
  for (let i = 0; i < 3; i++) shadows.add(async () => void starts.push(performance.now()));
  await expect.poll(() => starts.length, {timeout: 20_000}).toBe(3);
  let last = began;
  for (const start of starts) {
    expect(start - last).toBeGreaterThanOrEqual(59);
    last = start;
  }
});

test('after a stop nothing starts and everything is dropped', async () => {
  const {shadows, dropped} = queue({idle: () => true});
  let ran = 0;
  shadows.add(async () => void ran++);
  shadows.stop();
  shadows.add(async () => void ran++);
  await wait(20);
  expect([ran, shadows.size, dropped()]).toEqual([0, 0, 1]);
});
