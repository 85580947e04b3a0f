import {createHash} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {splitOfCluster} from '../../../core/curation/split.ts';
import type {FeedbackRecord} from '../../../stores/traces/feedback-records.ts';
import {feedbackOf, reviewFeedback} from '../../../stores/traces/feedback-reviews.ts';
import {ROW_KEY, Workbench, configOf, type Curated, type Settings} from './workbench.ts';
import {ANSWERED} from '../../stores/traces/answered.ts';

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
    v: 1,
    id: traceId(at, random.subarray(0, 12)),
    at: new Date(at).toISOString(),
    ...ANSWERED,
    project: 'mail',
    row: null,
    output: 'ham',
    // Who holds a key may name any user.
    unit: random.toString('hex').slice(0, 16),
    fields: {text},
    ...change,
  };
}
const said = ({id, at, key}: Trace, correction: string): Feedback => ({
  v: 1,
  id: `f${id}`,
  at,
  project: 'mail',
  trace: id,
  correction,
  ...(key === undefined ? {} : {key}),
});

type Given = readonly (readonly [Trace, string])[];
async function correct({stores}: Workbench, given: Given): Promise<void> {
  await stores.traces.append(
    'mail',
    given.map(([of]) => of),
  );
  await stores.traces.appendFeedback(
    'mail',
    given.map(([of, correction]) => said(of, correction)),
  );
}

/** A person accepts (true) or rejects (false) records, as `look` says. */
async function review(
  {stores}: Workbench,
  look: (record: FeedbackRecord) => boolean | undefined,
): Promise<void> {
  const options = {config: configOf(SETTINGS), rowKey: ROW_KEY, people: [], rows: 400, cut: Date.now()};
  const {records} = await feedbackOf(stores, options);
  const decisions = records.flatMap((record) => {
    const accept = look(record);
    return accept === undefined ? [] : [{record, accept}];
  });
  await reviewFeedback(stores, {project: 'mail', by: 'anna', decisions});
}

/** Work in a store that knows no feedback before, on a version of the mails alone. */
async function inOwn<T>(work: (own: Workbench, base: Curated) => Promise<T>): Promise<T> {
  const own = await Workbench.open();
  try {
    await own.jsonl('mails.jsonl', MAILS);
    return await work(own, await own.curate(SETTINGS));
  } finally {
    await own.remove();
  }
}

const retrain = (own: Workbench, {result}: Curated, settings = SETTINGS, feedbackCut = cutNow()) =>
  own.curate(settings, {reason: 'drift', parentDataset: result.dataset, feedbackCut});
/** Reviews are entered by the real clock. */
const cutNow = () => new Date().toISOString();

/** A retrain after these corrections. */
function retrained(given: Given): Promise<Curated> {
  return inOwn(async (own, base) => {
    await correct(own, given);
    return retrain(own, base, SETTINGS, CUT);
  });
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
    rows: 40,
    reviewed: 0,
    golden: 0,
    limited: 260,
    users: 40,
    mostOfOneUser: 1,
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

const LETTERS = Array.from(
  {length: 30},
  (_, i) => `Letter ${i}: ${MAILS[i]!.text.split(' ').reverse().join(' ')}`,
);

test('what a person rejects makes another version: the poisoned one is not found again', async () => {
  await inOwn(async (own, base) => {
    const given = LETTERS.slice(0, 10).map((text) => [trace(text, {key: 'aaaaaaaaaaaa'}), 'spam'] as const);
    await correct(own, given);
    const poisoned = await retrain(own, base);
    expect(splits(poisoned, 'feedback')).toEqual({train: 10});
    await review(own, () => false);
    const after = await retrain(own, base);
    expect(after.planned.records).not.toBe(poisoned.planned.records);
    expect(splits(after, 'feedback')).toEqual({});
    // It is found where nothing has changed.
    expect((await retrain(own, base)).planned.records).toBe(after.planned.records);
  });
});

test('so do other limits, where they leave out others', async () => {
  await inOwn(async (own, base) => {
    await correct(
      own,
      LETTERS.map((text) => [trace(text, {key: 'aaaaaaaaaaaa'}), 'spam']),
    );
    const planned = async (limits: object) =>
      (await retrain(own, base, {...SETTINGS, retrain: limits})).planned.records;
    const all = await planned({});
    expect(await planned({feedback_per_key: 0.05})).not.toBe(all);
    const oneUser = LETTERS.map((text) => [trace(text, {unit: '0'.repeat(16)}), 'spam'] as const);
    await correct(own, oneUser);
    expect(await planned({feedback_per_unit: 0.05})).not.toBe(await planned({}));
  });
});

test('what nobody has seen drives out nothing that a person has', async () => {
  await inOwn(async (own, base) => {
    const shop = {key: 'bbbbbbbbbbbb'};
    await correct(
      own,
      LETTERS.map((text, i) => [trace(text, {...shop, row: `order/${i}`}), 'spam']),
    );
    await review(own, () => true);
    const before = await retrain(own, base);
    // The same texts again, by a key whose records come first.
    await correct(
      own,
      LETTERS.map((text, i) => [trace(text, {key: 'aaaaaaaaaaaa', row: `order/${i}`}), 'ham']),
    );
    const after = await retrain(own, base);
    expect(splits(after, 'feedback')).toEqual(splits(before, 'feedback'));
    expect(splits(after, 'feedback')).toMatchObject({train: expect.any(Number) as number});
    const labels = after.rows.filter(({source}) => source === 'feedback').map(({label}) => label);
    expect(new Set(labels)).toEqual(new Set(['spam']));
  });
});

test('a row that a person let measure measures no more once its key says something else of it', async () => {
  const split = {golden: 0.3, traffic: 0, validation: 0.1, seed: 7};
  const row = Array.from({length: 100}, (_, i) => `order/${i}`).find(
    (name) => splitOfCluster(`feedback/aaaaaaaaaaaa:${name}`, split) === 'validation',
  )!;
  await inOwn(async (own, base) => {
    const key = {key: 'aaaaaaaaaaaa', row};
    await correct(own, [[trace(LETTERS[0]!, key), 'spam']]);
    await review(own, () => true);
    const seen = await retrain(own, base);
    expect(splits(seen, 'feedback')).toEqual({validation: 1});
    await correct(own, [[trace(LETTERS[1]!, key), 'ham']]);
    expect(splits(await retrain(own, seen), 'feedback')).toEqual({train: 1});
  });
});

test('a golden row leaves when a person takes back what they accepted; the others stay', async () => {
  await inOwn(async (own, base) => {
    const shop = (i: number) => ({key: 'bbbbbbbbbbbb', row: `order/${i}`});
    await correct(
      own,
      LETTERS.map((text, i) => [trace(text, shop(i)), 'spam']),
    );
    await review(own, () => true);
    const accepted = await retrain(own, base);
    const golden = (of: Curated) =>
      of.rows.filter(({source, split}) => source === 'feedback' && split === 'golden').map(({id}) => id);
    const [first, ...others] = golden(accepted);
    expect(others.length).toBeGreaterThan(1);
    await review(own, ({id}) => (`feedback/${id}` === first ? false : undefined));
    const after = await retrain(own, accepted);
    expect(golden(after)).toEqual(others);
    expect(after.rows.map(({id}) => id)).not.toContain(first);
    expect(after.provenance.drops['feedback_rejected']).toBe(1);
  });
});
