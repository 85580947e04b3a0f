import {gzipSync} from 'node:zlib';
import {parquetWriteBuffer, type ColumnSource} from 'hyparquet-writer';
import {compressors} from 'hyparquet-compressors';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parquet} from '../../../stores/sources/parquet.ts';
import {openPlace} from '../../../stores/sources/open-place.ts';
import type {SourcePlace} from '../../../stores/sources/place.ts';
import {all} from '../../activities/curate/workbench.ts';
import {CONTENT, ROWS, SourceFolder, sourceOf} from './source-folder.ts';

let folder: SourceFolder;
beforeAll(async () => {
  folder = await SourceFolder.open();
});
afterAll(() => folder.remove());

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
      await folder.write('rows.parquet', new Uint8Array(bytes));
      const source = sourceOf({uri: 'file:rows.parquet', format: 'parquet'});
      expect(await folder.contents(source)).toEqual(CONTENT);
      const found = await folder.read(source);
      expect(found.map((one) => [one.line, one.id])).toEqual([
        [1, 'b'],
        [2, 'a'],
        [3, 'c'],
      ]);
      const again = await folder.reread(source, [found[2]!]);
      expect(again).toMatchObject([{id: 'c'}]);
      expect(compressors).toHaveProperty('ZSTD');
    },
  );

  it('keeps 64-bit ids apart', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        {name: 'id', data: [9007199254740992n, 9007199254740993n, -9223372036854775808n, 7n], type: 'INT64'},
        {name: 'body', data: ['v', 'w', 'x', 'y'], type: 'STRING'},
      ],
    });
    await folder.write('ids.parquet', new Uint8Array(bytes));
    const source = sourceOf({uri: 'file:ids.parquet', format: 'parquet', fields: {id: 'id', text: 'body'}});
    expect(await folder.contents(source)).toEqual({
      '9007199254740992': {text: 'v'},
      '9007199254740993': {text: 'w'},
      '-9223372036854775808': {text: 'x'},
      '7': {text: 'y'},
    });
  });

  it('decodes each row group once, and only the columns that are looked at', async () => {
    const size = 20_000;
    const text = (i: number): string => `${i} `.repeat(20);
    const column = (name: string): ColumnSource => ({
      name,
      data: Array.from({length: size}, (_, i) => text(i)),
      type: 'STRING',
    });
    const bytes = parquetWriteBuffer({
      columnData: [column('id'), column('body'), column('other')],
      codec: 'UNCOMPRESSED',
      rowGroupSize: size / 2,
    });
    await folder.write('large.parquet', new Uint8Array(bytes));
    const place = await openPlace({uri: 'file:large.parquet'}, folder.options().folder);
    let read = 0;
    const counted: SourcePlace = {
      ...place,
      async *stream(file, from, to) {
        for await (const chunk of place.stream(file, from, to)) {
          read += chunk.length;
          yield chunk;
        }
      },
    };
    const [file] = await place.files();
    const entries = await all(parquet.read(counted, file!, ['id', 'body', 'absent']));
    expect(entries).toHaveLength(size);
    expect(entries[15_000]).toMatchObject({line: 15_001, value: {id: text(15_000), body: text(15_000)}});
    expect(entries[0]).not.toHaveProperty('value.other');
    // Two of three columns, and the end of the file with its metadata.
    const metadata = 2 ** 19;
    expect(read).toBeLessThan((2 / 3) * bytes.byteLength + metadata + 10_000);
    read = 0;
    const some = [{line: 11, offset: 10, length: 1}];
    expect(await all(parquet.reread(counted, file!, some, ['id']))).toMatchObject([{line: 11}]);
    expect(read).toBeLessThan((1 / 6) * bytes.byteLength + metadata + 10_000);
  });

  it('gives raw mails of a binary column byte for byte, and text of one without annotation as text', async () => {
    const mail = Buffer.from('Subject: Größe\n\nEin Text in Latin-1: schön', 'latin1');
    const bytes = parquetWriteBuffer({
      columnData: [
        {name: 'id', data: [Buffer.from('eins'), Buffer.from([0xff])], type: 'BYTE_ARRAY'},
        {name: 'message', data: [mail, mail], type: 'BYTE_ARRAY'},
      ],
    });
    await folder.write('mails.parquet', new Uint8Array(bytes));
    const source = sourceOf({
      uri: 'file:mails.parquet',
      format: 'parquet',
      fields: {id: 'id', raw: 'message'},
    });
    const found = await folder.read(source, {format: 'mail', fields: []});
    expect(found).toMatchObject([{id: 'eins'}, {status: 'malformed', reason: 'no id in column "id"'}]);
    const [record] = await folder.reread(source, [found[0]!], {format: 'mail', fields: []});
    expect(Buffer.from(record!.content as Uint8Array)).toEqual(mail);
  });

  it('that is none is refused', async () => {
    await folder.write('fake.parquet', 'not a parquet file at all');
    await expect(folder.read(sourceOf({uri: 'file:fake.parquet', format: 'parquet'}))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('fake.parquet of file:fake.parquet cannot be read as Parquet'),
    });
  });
});
