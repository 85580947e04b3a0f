import {createHash} from 'node:crypto';
import {beforeEach, expect, test} from 'vitest';
import {traceId} from '../../../core/identity/trace-id.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';
import {FeedbackRecord, feedbackRecords} from '../../../stores/traces/feedback-records.ts';
import {Traces} from '../../../stores/traces/traces.ts';
import {projectYaml} from '../../workflows/project-of.ts';
import {MemoryStore} from '../memory-store.ts';
import {ANSWERED} from './answered.ts';

const START = Date.UTC(2026, 10, 26, 12);
const CUT = START + 3_600_000;
const config = ProjectConfig.parse(
  projectYaml('post', {
    input: {format: 'record', fields: ['text', 'title']},
    tasks: {
      triage: {kind: 'classification', labels: ['spam', 'ham'], inputs: ['text'], prompt: '{{text}}'},
      title: {kind: 'generation', target: 'title', inputs: ['text'], prompt: '{{text}}'},
    },
  }),
);

let traces: Traces;
let made: number;
beforeEach(() => {
  traces = new Traces(new MemoryStore());
  made = 0;
});

/** A user asks, and says something about the answer. */
async function asked(said: Partial<Feedback>, change: Partial<Trace> = {}): Promise<Trace> {
  const at = START + 1000 * made++;
  const random = createHash('sha256').update(`${made}`).digest().subarray(0, 12);
  const trace: Trace = {
    v: 1,
    id: traceId(at, random),
    at: new Date(at).toISOString(),
    ...ANSWERED,
    project: 'post',
    unit: '0'.repeat(16),
    row: 'order/1',
    fields: {text: 'a letter'},
    output: ' ham ',
    ...change,
  };
  await traces.append('post', [trace]);
  const feedback: Feedback = {v: 1, id: `f${made}`, at: trace.at, project: 'post', trace: trace.id, ...said};
  await traces.appendFeedback('post', [feedback]);
  return trace;
}
const records = (cut = CUT) => feedbackRecords(traces, config, cut);

test('where users corrected and rated nothing there are none, and no trace is read', async () => {
  const trace = await asked({rating: 1});
  const read: string[] = [];
  const gate = (_: string, key: string): undefined => void read.push(key);
  const silent = new Traces(new MemoryStore(new Map(), gate));
  await silent.append('post', [trace]);
  const implicit: Feedback = {
    v: 1,
    id: 'f',
    at: trace.at,
    project: 'post',
    trace: trace.id,
    implicit: 'retry',
  };
  await silent.appendFeedback('post', [implicit]);
  read.length = 0;
  expect(await feedbackRecords(silent, config, CUT)).toEqual([]);
  expect(read.filter((key) => key.startsWith('traces/'))).toEqual([]);
});

test('a record of an earlier version was seen by nobody, and names neither key nor user', () => {
  const record = {id: 'order/1', label: 'ham', fields: {}};
  expect(FeedbackRecord.parse(record)).toEqual({...record, key: null, unit: '', reviewed: false});
});

test('a row of which no class was said has no label', async () => {
  await asked({correction: 'A title'}, {task: 'title'});
  expect(await records()).toEqual([
    {
      id: 'order/1',
      label: null,
      fields: {text: 'a letter', title: 'A title'},
      key: null,
      unit: '0'.repeat(16),
      reviewed: false,
    },
  ]);
});

test('what was said of a row’s tasks comes together, in either order, and the later word counts', async () => {
  await asked({correction: 'spam'});
  await asked({correction: 'A title'}, {task: 'title'});
  expect(await records()).toMatchObject([{label: 'spam', fields: {text: 'a letter', title: 'A title'}}]);
  await asked({correction: 'Another title'}, {task: 'title'});
  await asked({correction: 'ham'});
  expect(await records()).toMatchObject([{label: 'ham', fields: {text: 'a letter', title: 'Another title'}}]);
});

test.each([
  ['a rating of +1 confirms the answer', {rating: 1}, {}, 'ham'],
  ['a rating of −1 says nothing', {rating: -1}, {}, null],
  ['a correction counts before a rating', {rating: 1, correction: 'spam'}, {}, 'spam'],
  ['a correction of blanks says nothing', {correction: ' \n'}, {}, null],
  ['a correction that names no class says nothing', {correction: 'post'}, {}, null],
  ['an answer confirmed that is no class says nothing', {rating: 1}, {output: 'post'}, null],
  ['an empty answer confirmed says nothing', {rating: 1}, {task: 'title', output: ' '}, null],
  ['an implicit sign says nothing', {implicit: 'retry'}, {}, null],
  ['an answer with status 399 counts', {correction: 'spam'}, {status: 399}, 'spam'],
  ['a failed answer does not', {correction: 'spam'}, {status: 400, error: 'bad'}, null],
  ['nor does what a shadow answered', {correction: 'spam'}, {role: 'shadow', shadowOf: 'c'.repeat(32)}, null],
  ['nor does a task that the project no longer has', {correction: 'spam'}, {task: 'gone'}, null],
] as [string, Partial<Feedback>, Partial<Trace>, string | null][])('%s', async (_, said, change, label) => {
  await asked(said, change);
  expect((await records()).map((record) => record.label)).toEqual(label === null ? [] : [label]);
});

test('what was said from the cut on does not count', async () => {
  const {at} = await asked({correction: 'spam'});
  expect(await records(Date.parse(at))).toEqual([]);
  expect(await records(Date.parse(at) + 1)).toHaveLength(1);
});

test('a row is the client’s own: another gateway key’s row of that name is another', async () => {
  await asked({correction: 'spam', key: '2'}, {key: '1'});
  await asked({correction: 'ham'}, {key: '3'});
  const free = await asked({correction: 'ham'}, {row: null, key: '3'});
  const family = (key: string): string => `family of ${key}`;
  const found = await feedbackRecords(traces, config, CUT, family);
  expect(found.map(({id, key}) => [id, key]).sort()).toEqual(
    [
      ['family of 1:order/1', 'family of 2'],
      ['family of 3:order/1', 'family of 3'],
      [free.id, 'family of 3'],
    ].sort(),
  );
  expect(found.map(({id}) => id)).toEqual(found.map(({id}) => id).sort());
});
