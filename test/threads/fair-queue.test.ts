import {expect, test} from 'vitest';
import {FairQueue} from '../../threads/fair-queue.ts';

test('lanes take turns, each in the order in which things came', () => {
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
