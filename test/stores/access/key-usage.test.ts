import {expect, test} from 'vitest';
import type {UsageCounts} from '../../../schemas/gateway-key.ts';
import {KeyUsage} from '../../../stores/access/key-usage.ts';
import {MemoryStore} from '../memory-store.ts';

const [PROJECT, DAY] = ['mail', '2026-11-26'];
const [FIRST, SECOND, THIRD] = ['0000000000a1', '0000000000a2', '0000000000a3'];
const [KEY, OTHER] = ['0000000000b1', '0000000000b2'];
const counts = (requests: number, last: string | null): UsageCounts => ({
  family: KEY,
  requests,
  refused: 1,
  promptTokens: 10 * requests,
  completionTokens: 2 * requests,
  cost: 0.5 * requests,
  last,
});
const written = async (day: string, keys: Record<string, Record<string, UsageCounts>>): Promise<KeyUsage> => {
  const usage = new KeyUsage(new MemoryStore());
  for (const [gateway, own] of Object.entries(keys))
    await usage.write({v: 1, project: PROJECT, day, gateway, at: `${day}T12:00:00.000Z`, keys: own});
  return usage;
};

test('a day of a key is the sum over all gateways, its last request the latest of any', async () => {
  const usage = await written(DAY, {
    [FIRST]: {[KEY]: counts(1, `${DAY}T09:00:00.000Z`), [OTHER]: counts(1, null)},
    [SECOND]: {[KEY]: counts(2, `${DAY}T11:00:00.000Z`), [OTHER]: counts(2, `${DAY}T10:00:00.000Z`)},
    [THIRD]: {[KEY]: counts(0, null)},
  });
  expect(await usage.day(PROJECT, DAY)).toEqual(
    new Map([
      [KEY, {...counts(3, `${DAY}T11:00:00.000Z`), refused: 3}],
      [OTHER, {...counts(3, `${DAY}T10:00:00.000Z`), refused: 2}],
    ]),
  );
  expect((await usage.day(PROJECT, DAY, {without: SECOND})).get(KEY)).toEqual({
    ...counts(1, `${DAY}T09:00:00.000Z`),
    refused: 2,
  });
});
