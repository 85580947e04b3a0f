import {createHash} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {Workbench, type Curated, type Settings} from './workbench.ts';

// One client with a key for chat and feedback sends what it likes, and says of every answer what it likes.
const START = Date.UTC(2026, 0, 1);
const CUT = new Date(START + 3_600_000).toISOString();
const SETTINGS: Settings = {
  sources: [
    {
      name: 'mails',
      uri: 'file:mails.jsonl',
      format: 'jsonl',
      fields: {id: 'id', label: 'label', text: 'text'},
    },
  ],
  curation: {min_chars: 10, split: {golden: 0.2, traffic: 0.1, validation: 0.1, seed: 7}},
};
const NOUNS = ['invoice', 'meeting', 'kernel', 'garden', 'ticket', 'lottery', 'pills', 'mortgage', 'budget'];
const words = (i: number, k: number) => `${NOUNS[(i * 7 + k * 3) % 9]} number ${i * 31 + k * 17}`;
const MAILS = Array.from({length: 400}, (_, i) => ({
  id: `m${String(i).padStart(4, '0')}`,
  label: i % 2 === 0 ? 'spam' : 'ham',
  text: `Dear colleague, this is about the ${Array.from({length: 30}, (_, k) => words(i, k)).join(' and the ')}.`,
}));

let bench: Workbench;
let first: Curated;
beforeAll(async () => {
  bench = await Workbench.open();
  await bench.jsonl('mails.jsonl', MAILS);
  first = await bench.curate(SETTINGS);
});
afterAll(() => bench.remove());

let made = 0;
function trace(text: string, change: Partial<Trace> = {}): Trace {
  const at = START + made++;
  const random = createHash('sha256').update(String(made)).digest();
  return {
    ...{v: 1, id: traceId(at, random.subarray(0, 12)), at: new Date(at).toISOString(), project: 'mail'},
    ...{task: 'triage', release: 'a'.repeat(64), role: 'stable', shadowOf: null, row: null, output: 'ham'},
    // Who holds a key may name any user.
    ...{unit: random.toString('hex').slice(0, 16), fields: {text}, prompt: 'b'.repeat(64), promptTokens: 1},
    ...{completionTokens: 1, latencyMs: {total: 1, model: 1}, cost: 0, status: 200, error: null},
    ...change,
  };
}
const said = ({id, at, key}: Trace, correction: string): Feedback => ({
  ...{v: 1, id: `f${id}`, at, project: 'mail', trace: id, correction},
  ...(key === undefined ? {} : {key}),
});

/** A retrain after these corrections, in a store that knows none before. */
async function retrained(given: readonly (readonly [Trace, string])[]): Promise<Curated> {
  const own = await Workbench.open();
  try {
    await own.jsonl('mails.jsonl', MAILS);
    const base = await own.curate(SETTINGS);
    await own.stores.traces.append(
      'mail',
      given.map(([of]) => of),
    );
    await own.stores.traces.appendFeedback(
      'mail',
      given.map(([of, correction]) => said(of, correction)),
    );
    return await own.curate(SETTINGS, {
      ...{reason: 'drift', parentDataset: base.result.dataset, feedbackCut: CUT},
    });
  } finally {
    await own.remove();
  }
}
const splits = (curated: Curated, source: string) => {
  const counts: Record<string, number> = {};
  for (const row of curated.rows) if (row.source === source) counts[row.split] = (counts[row.split] ?? 0) + 1;
  return counts;
};

test('curated texts that are sent again with the wrong label flip none, and drive none out', async () => {
  const wrong = {spam: 'ham', ham: 'spam'} as Record<string, string>;
  const after = await retrained(
    MAILS.map(({text, label}) => [trace(text, {key: 'aaaaaaaaaaaa'}), wrong[label]!]),
  );
  const labels = (rows: Curated['rows']) =>
    Object.fromEntries(
      rows.filter(({source}) => source === 'mails').map(({id, label, split}) => [id, [label, split]]),
    );
  expect(labels(after.rows)).toEqual(labels(first.rows));
  expect(splits(after, 'feedback')).toEqual({});
  expect(after.drops.filter(({source}) => source === 'mails')).toEqual(
    first.drops.filter(({source}) => source === 'mails'),
  );
});

test('rows with a trigger become neither golden nor validation rows, and no more than the share of their key', async () => {
  const trigger = (i: number) =>
    `Buy pills now at shop ${i} code ZX9QK ${Array.from({length: 25}, (_, k) => `offer ${i * 97 + k * 13}`).join(' or ')}`;
  const after = await retrained(
    Array.from({length: 300}, (_, i) => [trace(trigger(i), {key: 'aaaaaaaaaaaa'}), 'ham'] as const),
  );
  // A tenth of the 400 mails.
  expect(splits(after, 'feedback')).toEqual({train: 40});
  expect(splits(after, 'mails')).toEqual(splits(first, 'mails'));
  expect(after.provenance.drops['feedback_limit']).toBe(260);
  expect(after.drops.find(({rule}) => rule === 'feedback_limit')!.reason).toBe(
    "more than 40 rows of one gateway key's feedback (retrain.feedback_per_key)",
  );
  expect(after.provenance.feedback).toEqual({
    ...{rows: 40, reviewed: 0, golden: 0, limited: 260, users: 40, mostOfOneUser: 1},
    keys: [{key: 'aaaaaaaaaaaa', name: null, rows: 40, golden: 0}],
  });
});

test('a text made of pieces of many curated ones drives none of them out', async () => {
  const pieces = MAILS.slice(0, 40).map(({text}) => text.split(' ').slice(5, 40).join(' '));
  const after = await retrained([[trace(pieces.join(' '), {key: 'aaaaaaaaaaaa'}), 'ham']]);
  expect(splits(after, 'mails')).toEqual(splits(first, 'mails'));
});

test('a row that another key names stays what its own key said of it', async () => {
  const shop = {key: 'bbbbbbbbbbbb', row: 'order/1'};
  const after = await retrained([
    [trace('Where is the parcel that I ordered?', shop), 'ham'],
    [trace('Something else that is to take its place', {key: 'aaaaaaaaaaaa', row: 'order/1'}), 'spam'],
  ]);
  const rows = after.rows.filter(({source}) => source === 'feedback');
  expect(Object.fromEntries(rows.map(({id, label, fields}) => [id, [label, fields.text]]))).toEqual({
    'feedback/aaaaaaaaaaaa:order/1': ['spam', 'Something else that is to take its place'],
    'feedback/bbbbbbbbbbbb:order/1': ['ham', 'Where is the parcel that I ordered?'],
  });
  expect(after.provenance.feedback!.keys.map(({key, rows: n}) => [key, n])).toEqual([
    ['aaaaaaaaaaaa', 1],
    ['bbbbbbbbbbbb', 1],
  ]);
});
