import {expect, test} from 'vitest';
import {FairQueue} from '../../threads/fair-queue.ts';

test('lanes that have used as much take turns, each in the order in which things came', () => {
  const queue = new FairQueue<string>(10, 5);
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) expect(queue.add(item[0]!, item)).toBe(true);
  expect(queue.remove('a', 'a2')).toBe(true);
  expect(queue.remove('a', 'a2')).toBe(false);
  const taken = [queue.take(), queue.take()];
  // One that has just had its turn waits behind the others.
  queue.add('b', 'b2');
  while (queue.size > 0) taken.push(queue.take());
  expect(taken).toEqual(['a1', 'b1', 'c1', 'a3', 'b2', 'c2']);
  expect(queue.take()).toBeUndefined();
});

test('a full queue, and a full lane, take no more', () => {
  const queue = new FairQueue<number>(3, 2);
  expect([queue.add('a', 1), queue.add('a', 2), queue.add('a', 3)]).toEqual([true, true, false]);
  expect([queue.add('b', 4), queue.add('c', 5)]).toEqual([true, false]);
  queue.take();
  expect(queue.add('c', 5)).toBe(true);
  expect(queue.takeAll()).toEqual([4, 2, 5]);
  expect(queue.size).toBe(0);
});

test('the lane that has used least time comes first, and what it used is forgotten', () => {
  let now = 0;
  const queue = new FairQueue<string>(10, 5, {now: () => now});
  const add = (...items: string[]) => items.forEach((item) => queue.add(item[0]!, item));
  const take = (ms: number) => {
    const item = queue.take()!;
    queue.done(item[0]!, ms);
    return item;
  };
  add('a1', 'a2', 'a3');
  expect(take(5000)).toBe('a1');
  add('b1', 'b2', 'b3', 'b4');
  expect([take(50), take(50), take(50)]).toEqual(['b1', 'b2', 'b3']);
  now = 60_000;
  // 5000 ms have become 78, and 150 ms 2.
  add('c1');
  expect([take(1), take(90), take(1)]).toEqual(['c1', 'b4', 'a2']);
});

test('a lane has so many under way', () => {
  const queue = new FairQueue<string>(10, 5, {takenOfALane: 1});
  for (const item of ['a1', 'a2', 'b1']) queue.add(item[0]!, item);
  expect([queue.size, queue.takeable]).toEqual([3, 2]);
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['a1', 'b1', undefined]);
  expect([queue.size, queue.takeable]).toEqual([1, 0]);
  queue.done('a', 1);
  expect([queue.takeable, queue.take()]).toEqual([1, 'a2']);
});
