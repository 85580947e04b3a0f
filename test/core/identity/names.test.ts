import {createHmac} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {datasetDigest, DatasetHasher, type RowMark} from '../../../core/identity/dataset-digest.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import {adapterName, releaseDigest, type ReleaseBody} from '../../../core/identity/release-digest.ts';
import {keyFingerprint, rowDigest} from '../../../core/identity/row-digest.ts';
import {traceId, traceSecond} from '../../../core/identity/trace-id.ts';
import type {DatasetRow, Row} from '../../../schemas/row.ts';

const D = 'd'.repeat(64);

describe('a row', () => {
  const key = Buffer.alloc(32, 7);
  const row: Row = {id: 's/1', source: 's', fields: {body: 'b', subject: 'a'}, slices: [], language: 'en'};

  test('is named by an HMAC over its canonical JSON', () => {
    const text = '{"fields":{"body":"b","subject":"a"},"id":"s/1","language":"en","slices":[],"source":"s"}';
    expect(rowDigest(key, row)).toBe(createHmac('sha256', key).update(text).digest('hex'));
  });

  test('keeps its name in a dataset version, and has another one under another key', () => {
    const placed: DatasetRow = {...row, digest: D, cluster: 'c', split: 'train'};
    expect(rowDigest(key, placed)).toBe(rowDigest(key, row));
    expect(rowDigest(Buffer.alloc(32, 8), row)).not.toBe(rowDigest(key, row));
  });

  test.each(['id', 'source', 'label', 'language', 'fields', 'slices', 'messages'])(
    'changes its name with its %s',
    (field) => {
      const other =
        {fields: {body: 'c'}, slices: ['html'], messages: [{role: 'user', content: 'x'}]}[field] ?? 'other';
      expect(rowDigest(key, {...row, [field]: other})).not.toBe(rowDigest(key, row));
    },
  );

  test('the key has 32 bytes and a fingerprint', () => {
    expect(() => rowDigest(Buffer.alloc(31), row)).toThrow(/31 bytes, expected 32/);
    const whole = createHmac('sha256', key).update('ratchet row key').digest('hex');
    expect(keyFingerprint(key)).toBe(whole.slice(0, 16));
  });
});

describe('a dataset version', () => {
  const rows: RowMark[] = [
    ['b'.repeat(64), 'train'],
    ['a'.repeat(64), 'golden'],
    ['c'.repeat(64), 'traffic'],
  ];
  const identity = {rows, golden: ['2', '1'], config: 'config', tools: 'tools'};

  test('is named by the canonical JSON of its sorted rows, golden sets, config and tools', () => {
    expect(datasetDigest(identity)).toBe(
      digestOf({rows: [rows[1], rows[0], rows[2]], golden: ['1', '2'], config: 'config', tools: 'tools'}),
    );
    expect(datasetDigest({...identity, rows: []})).toBe(
      digestOf({...identity, rows: [], golden: ['1', '2']}),
    );
  });

  test('has the same name in any order, and from any iterable', () => {
    const shuffled = new Set([rows[2]!, rows[0]!, rows[1]!]);
    expect(datasetDigest({...identity, rows: shuffled, golden: ['1', '2']})).toBe(datasetDigest(identity));
  });

  test.each([
    {rows: rows.slice(1)},
    {rows: [[rows[0]![0], 'golden'] as RowMark, ...rows.slice(1)]},
    {golden: ['1']},
    {config: 'other'},
    {tools: 'other'},
  ])('has another name with %j', (change) => {
    expect(datasetDigest({...identity, ...change})).not.toBe(datasetDigest(identity));
  });

  test('a stream of rows must come sorted', () => {
    const hasher = new DatasetHasher({golden: identity.golden, config: 'config'});
    for (const [digest, split] of [rows[1]!, rows[0]!, rows[2]!]) hasher.add(digest, split);
    expect(hasher.digest('tools')).toBe(datasetDigest(identity));
    const wrong = new DatasetHasher({golden: [], config: 'config'});
    wrong.add('b', 'train');
    expect(() => wrong.add('a', 'train')).toThrow(RangeError);
    expect(() => wrong.add('b', 'golden')).toThrow(/sorted by digest, then split/);
  });
});

describe('a release', () => {
  const release: ReleaseBody = {
    v: 1,
    project: 'mail',
    base: {name: 'base', kind: 'gguf', sha256: D},
    adapter: null,
    prompts: {},
    transform: {v: 1, format: 'mail', fields: [], pii: [], code: D},
    index: null,
    guardrails: {v: 1, maxInputChars: 1, scrubOutput: true, stripInvisible: true, blockPatterns: []},
    parent: null,
    createdFrom: null,
  };

  test('is named by what it is, not by where it came from', () => {
    const {parent: _parent, createdFrom: _createdFrom, ...identity} = release;
    expect(releaseDigest(release)).toBe(digestOf(identity));
    expect(releaseDigest({...release, parent: D, createdFrom: D, digest: D})).toBe(releaseDigest(release));
    expect(releaseDigest({...release, index: 'kb__1'})).not.toBe(releaseDigest(release));
  });

  test('its adapter is named after the project', () => {
    expect(adapterName('mail', '0123456789abcdef'.repeat(4))).toBe('mail@0123456789ab');
  });
});

describe('a trace id', () => {
  test('begins with its second', () => {
    const id = traceId(
      Date.parse('2002-12-03T11:46:36.999Z'),
      Uint8Array.from({length: 12}, (_, n) => n),
    );
    expect(id).toBe('3dec999c000102030405060708090a0b');
    expect(traceSecond(id) * 1000).toBe(Date.parse('2002-12-03T11:46:36Z'));
  });

  test.each([
    '',
    'chatcmpl-3dec990c000102030405060708090a0b',
    '3DEC990C000102030405060708090A0B',
    '../../etc/passwd',
  ])('"%s" is none', (text) => expect(() => traceSecond(text)).toThrow(/expected 32 lower-case hex digits/));

  test('needs 12 random bytes and a time of this age', () => {
    expect(() => traceId(0, new Uint8Array(11))).toThrow(RangeError);
    expect(() => traceId(-1, new Uint8Array(12))).toThrow(RangeError);
    expect(() => traceId(Date.parse('2107-01-01'), new Uint8Array(12))).toThrow(RangeError);
    expect(() => traceId(NaN, new Uint8Array(12))).toThrow(RangeError);
  });
});
