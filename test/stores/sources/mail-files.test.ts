import {expect, test} from 'vitest';
import {mailFiles} from '../../../stores/sources/mail-files.ts';
import type {SourcePlace} from '../../../stores/sources/place.ts';

const MOST = 67_108_864;

/** A place with one file of so many bytes; what is asked of it is kept. */
function placeOf(size: number) {
  const asked: number[] = [];
  const place = {
    bytes: async (_file: string, most: number) => {
      asked.push(most);
      return Buffer.alloc(Math.min(size, most));
    },
  } as unknown as SourcePlace;
  return {place, asked};
}

test.for([
  [MOST, 'read'],
  [MOST + 1, 'malformed'],
] as const)('a file of %i bytes is %s, and no more of it is read than that takes', async ([size, status]) => {
  const {place, asked} = placeOf(size);
  const [entry] = await Array.fromAsync(mailFiles.read(place, 'a.eml', []));
  expect(entry).toMatchObject({status, ...(status === 'malformed' ? {reason: 'more than 64 MB'} : {})});
  expect(asked).toEqual([MOST + 1]);
});
