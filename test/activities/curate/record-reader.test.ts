import {afterAll, expect, test} from 'vitest';
import {RecordReader} from '../../../activities/curate/record-reader.ts';
import {RecordWorker, type RawRecord} from '../../../core/curation/record-worker.ts';
import {curateSettings} from '../../../schemas/stages/curate.ts';
import {ROW_KEY, configOf} from './workbench.ts';

const config = configOf({
  sources: [{name: 'box', uri: 'file:box.jsonl', format: 'jsonl', label: 'label'}],
  curation: {max_chars: 5_000_000},
});
const settings = curateSettings(config);
const of = {settings, labelled: new Set(['box']), rowKey: ROW_KEY};
const record = (id: string): RawRecord => ({
  source: 'box',
  id,
  raw: 'f'.repeat(64),
  file: 'box.jsonl',
  line: 7,
});
const long = (text: string, chars: number) => ({text: text.repeat(chars / text.length)});

const readers: RecordReader[] = [];
afterAll(() => Promise.all(readers.map((reader) => reader.close())));
function reader(deadlineMs?: number): RecordReader {
  const made = new RecordReader({...of, ...(deadlineMs === undefined ? {} : {deadlineMs})});
  readers.push(made);
  return made;
}

test('a large record becomes the row that a small one would, though another thread makes it', async () => {
  const content = long('Shall we have lunch on Monday? Ask ben@example.com. ', 70_200);
  const made = await reader().process(record('a'), content, 'ham');
  expect(made).toMatchObject({status: 'row', row: {id: 'box/a', label: 'ham', slices: ['pii']}});
  expect(made).toEqual(
    await new RecordWorker(settings, of.labelled, ROW_KEY).process(record('a'), content, 'ham'),
  );
});

test('one that takes too long is dropped, and the next ones are read', async () => {
  const slow = reader(100);
  const costly = long('ben@example.com ', 4_000_000);
  const [first, large, small] = [
    await slow.process(record('costly'), costly, 'ham'),
    await slow.process(record('unlabelled'), long('x ', 70_000), undefined),
    await slow.process(record('small'), {text: 'Shall we have lunch on Monday, or on another day?'}, 'spam'),
  ];
  expect(first).toEqual({
    status: 'drop',
    raw: 'f'.repeat(64),
    drop: {
      id: 'box/costly',
      source: 'box',
      record: 'box.jsonl:7',
      rule: 'too_costly',
      reason: 'it takes longer to read than the 0.1 s that a record has',
    },
  });
  expect(large).toMatchObject({status: 'drop', drop: {rule: 'no_label'}});
  expect(small).toMatchObject({status: 'row', row: {id: 'box/small'}});
});

test.each([3000, 1_000_000])('one whose values nest %i deep is dropped as malformed', async (depth) => {
  const deep = JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
  expect(await reader().process(record('deep'), {text: deep}, 'ham')).toEqual({
    status: 'drop',
    raw: 'f'.repeat(64),
    drop: {
      id: 'box/deep',
      source: 'box',
      record: 'box.jsonl:7',
      rule: 'malformed',
      reason: 'its values nest deeper than 256',
    },
  });
});
