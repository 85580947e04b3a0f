import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Trace} from '../../../schemas/trace.ts';
import {FeedbackDesk} from '../../../serving/gateway/feedback-desk.ts';
import {FeedbackJournal} from '../../../serving/gateway/feedback-journal.ts';
import {TraceLog} from '../../../serving/gateway/trace-log.ts';

let folder: string;
let journal: FeedbackJournal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-desk-'));
  journal = await FeedbackJournal.open(folder, async () => undefined);
});
afterEach(async () => {
  await journal.flush();
  await rm(folder, {recursive: true});
});

function deskOver(stored: (id: string) => Promise<Trace | null>): FeedbackDesk {
  const traces = new TraceLog({
    flushMs: 60_000,
    flushTraces: 100,
    limit: 100,
    limitBytes: 2 ** 24,
    write: async () => undefined,
    failed: () => undefined,
    dropped: () => undefined,
  });
  const labelsOf = () => ({labels: ['spam', 'ham'], aliases: {junk: 'spam'}});
  return new FeedbackDesk({project: 'mail', traces, journal, stored, labelsOf, scrub: async (text) => text});
}
/** Of an hour ago: no other gateway holds it any more. */
const old = () => traceId(Date.now() - 3_600_000, randomBytes(12));
const taken = (desk: FeedbackDesk) => desk.take({trace: old(), correction: 'anything'}, null);

test('feedback is taken as it is where the store is away', async () => {
  const desk = deskOver(() => Promise.reject(new Error('away')));
  expect(await taken(desk)).toMatchObject({correction: 'anything'});
});

test('and where it does not answer: four lookups wait for it, and no more begin', async () => {
  let begun = 0;
  const desk = deskOver(() => {
    begun++;
    return new Promise(() => undefined);
  });
  const all = await Promise.all(Array.from({length: 20}, () => taken(desk)));
  expect(all).toHaveLength(20);
  expect(begun).toBe(4);
  await taken(desk);
  expect(begun).toBe(4);
});

test('what was looked up once is known', async () => {
  const trace = old();
  let begun = 0;
  const desk = deskOver(async () => {
    begun++;
    return {task: 'triage'} as Trace;
  });
  expect(await desk.take({trace, correction: 'Ham'}, null)).toMatchObject({correction: 'ham'});
  expect(await desk.take({trace, correction: 'Junk'}, null)).toMatchObject({correction: 'spam'});
  await expect(desk.take({trace, correction: 'hamm'}, null)).rejects.toThrow('expected one of "spam", "ham"');
  expect(begun).toBe(1);
});
