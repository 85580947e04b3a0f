import {createHash} from 'node:crypto';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {feedbackRecords} from '../../../stores/traces/feedback-records.ts';
import {traceId} from '../../../core/identity/trace-id.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {Workbench, configOf, sentence, type Settings} from './workbench.ts';
import {ANSWERED} from '../../stores/traces/answered.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.remove());

const START = Date.UTC(2002, 7, 22, 12);
const SETTINGS: Settings = {
  sources: [
    {
      name: 'notes',
      uri: 'file:notes.jsonl',
      format: 'jsonl',
      fields: {id: 'id', label: 'class', text: 'text'},
    },
  ],
  input: {format: 'record', fields: ['text', 'title']},
  tasks: {
    triage: {kind: 'classification', labels: ['spam', 'ham'], inputs: ['text'], prompt: '{{text}}'},
    title: {kind: 'generation', target: 'title', inputs: ['text'], prompt: '{{text}}'},
  },
  curation: {min_chars: 10, split: {golden: 0.2, traffic: 0.1, validation: 0.1, seed: 7}},
};

let made = 0;
function trace(change: Partial<Trace>): Trace {
  const at = START + 1000 * made++;
  const random = createHash('sha256').update(String(made)).digest().subarray(0, 12);
  return {
    v: 1,
    id: traceId(at, random),
    at: new Date(at).toISOString(),
    ...ANSWERED,
    project: 'mail',
    unit: '0'.repeat(16),
    row: null,
    fields: {text: sentence(made), title: 'old'},
    output: ' ham',
    promptTokens: 9,
    ...change,
  };
}
/** Of feedback without a key that nobody has looked at. */
const BY = {key: null, unit: '0'.repeat(16), reviewed: false};
/** No user has more than five rows of a small project. */
const ANOTHER = '1'.repeat(16);
let given = 0;
function feedback(of: Trace, change: Partial<Feedback>, minute = ++given): Feedback {
  const at = new Date(START + 60_000 * minute).toISOString();
  return {
    v: 1,
    id: `f${String(minute).padStart(4, '0')}`,
    at,
    project: 'mail',
    trace: `chatcmpl-${of.id}`,
    ...change,
  };
}

describe('what users said', () => {
  const wrong = trace({row: 'batch/1'});
  const right = trace({row: 'batch/2'});
  const thumbsDown = trace({row: 'batch/3'});
  const nonsense = trace({row: 'batch/4'});
  const titled = trace({row: 'batch/1', task: 'title', fields: wrong.fields, output: ' Bad title'});
  const anonymous = trace({});
  const shadow = trace({row: 'batch/5', role: 'shadow', shadowOf: wrong.id});
  const failed = trace({row: 'batch/6', status: 503, error: 'away'});
  const late = trace({row: 'batch/7'});
  // As users send it, each task what it shows the model.
  const plain = trace({row: 'batch/8', fields: {text: 'What they wrote'}});
  // One who names another class by mistake, or writes a right one otherwise.
  const mistaken = trace({row: 'batch/9', unit: ANOTHER});
  const shouted = trace({row: 'batch/10', unit: ANOTHER});
  const plainTitle = trace({row: 'batch/8', task: 'title', fields: {text: 'What they wrote'}, output: ' T'});
  const config = configOf(SETTINGS);
  const cut = START + 60_000 * 100;
  const learned = () => feedbackRecords(bench.stores.traces, config, cut);

  beforeAll(async () => {
    const {traces} = bench.stores;
    await traces.append('mail', [
      wrong,
      right,
      thumbsDown,
      nonsense,
      titled,
      anonymous,
      shadow,
      failed,
      late,
      plain,
      plainTitle,
      mistaken,
      shouted,
    ]);
    await traces.appendFeedback('mail', [
      feedback(wrong, {correction: 'ham'}),
      feedback(wrong, {correction: 'spam'}),
      feedback(wrong, {rating: 1}),
      feedback(right, {rating: 1}),
      feedback(thumbsDown, {rating: -1}),
      feedback(nonsense, {correction: 'whatever'}),
      feedback(titled, {correction: ' A better title '}),
      feedback(anonymous, {correction: 'spam'}),
      feedback(shadow, {correction: 'spam'}),
      feedback(failed, {correction: 'spam'}),
      feedback(right, {implicit: 'retry'}),
      feedback(late, {correction: 'spam'}, 101),
      feedback(plain, {correction: 'spam'}),
      feedback(plainTitle, {correction: 'A title'}),
      feedback(mistaken, {correction: 'spam'}),
      feedback(mistaken, {correction: 'spamm'}),
      feedback(shouted, {correction: ' SPAM '}),
    ]);
  });

  it('becomes one record a row: corrections and confirmations, the latest correction counting', async () => {
    expect(await learned()).toEqual(
      [
        {...BY, id: anonymous.id, label: 'spam', fields: anonymous.fields},
        {...BY, id: 'batch/1', label: 'spam', fields: {...wrong.fields, title: 'A better title'}},
        {...BY, id: 'batch/2', label: 'ham', fields: right.fields},
        {...BY, unit: ANOTHER, id: 'batch/9', label: 'spam', fields: mistaken.fields},
        {...BY, unit: ANOTHER, id: 'batch/10', label: 'spam', fields: shouted.fields},
        {...BY, id: 'batch/8', label: 'spam', fields: {text: 'What they wrote', title: 'A title'}},
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  it('is read by a retrain alone, up to its cut, as a source of its own', async () => {
    await bench.jsonl(
      'notes.jsonl',
      Array.from({length: 40}, (_, i) => ({
        id: `n${i}`,
        text: sentence(100 + i),
        title: 'x',
        class: i % 2 === 0 ? 'spam' : 'ham',
      })),
    );
    const first = await bench.curate(SETTINGS);
    expect(first.result.rowsIn).toBe(40);
    const retrained = await bench.curate(SETTINGS, {
      reason: 'drift',
      parentDataset: first.result.dataset,
      feedbackCut: new Date(cut).toISOString(),
    });
    expect(retrained.result).toMatchObject({rowsIn: 46, processed: 6, reused: 40});
    const rows = retrained.rows.filter((row) => row.source === 'feedback');
    expect(rows.map((row) => [row.id, row.label]).sort()).toEqual(
      [
        [`feedback/${anonymous.id}`, 'spam'],
        ['feedback/batch/1', 'spam'],
        ['feedback/batch/2', 'ham'],
        ['feedback/batch/9', 'spam'],
        ['feedback/batch/10', 'spam'],
        ['feedback/batch/8', 'spam'],
      ].sort(),
    );
    expect(rows.find((row) => row.id === 'feedback/batch/1')!.fields).toEqual({
      text: wrong.fields.text,
      title: 'A better title',
    });
    expect(retrained.provenance.sources.at(-1)).toMatchObject({name: 'feedback', rows: 6});
    // The same cut gives the same version, whatever is said later.
    await bench.stores.traces.appendFeedback('mail', [feedback(right, {correction: 'spam'}, 200)]);
    const again = await bench.curate(SETTINGS, {
      reason: 'drift',
      parentDataset: first.result.dataset,
      feedbackCut: new Date(cut).toISOString(),
    });
    expect(again.result.dataset).toBe(retrained.result.dataset);
  });
});

it('becomes the written answer of a row that has no class; of a conversation nothing is kept that could be learned', async () => {
  const writes = (format: 'text' | 'chat'): Settings => ({
    ...SETTINGS,
    input: {format},
    tasks: {reply: {kind: 'chat', inputs: ['text'], prompt: '{{text}}'}},
  });
  const own = await Workbench.open();
  try {
    const corrected = trace({task: 'reply', fields: {text: 'Where is my parcel?'}, output: 'I do not know'});
    const confirmed = trace({task: 'reply', fields: {text: 'When do you open?'}, output: ' At nine.'});
    await own.stores.traces.append('mail', [corrected, confirmed]);
    await own.stores.traces.appendFeedback('mail', [
      feedback(corrected, {correction: 'It is on its way'}, 1),
      feedback(confirmed, {rating: 1}, 2),
    ]);
    const learned = (format: 'text' | 'chat') =>
      feedbackRecords(own.stores.traces, configOf(writes(format)), START + 60_000 * 100);
    expect(await learned('text')).toEqual(
      [
        {...BY, id: corrected.id, label: 'It is on its way', fields: corrected.fields},
        {...BY, id: confirmed.id, label: 'At nine.', fields: confirmed.fields},
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect(await learned('chat')).toEqual([]);
  } finally {
    await own.remove();
  }
});
