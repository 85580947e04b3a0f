import {parse} from 'csv-parse/sync';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {csv} from '../../../stores/sources/csv.ts';
import type {SourcePlace} from '../../../stores/sources/place.ts';
import {all} from '../../activities/curate/workbench.ts';
import {CONTENT, ROWS, SourceFolder, sourceOf} from './source-folder.ts';

let folder: SourceFolder;
beforeAll(async () => {
  folder = await SourceFolder.open();
});
afterAll(() => folder.remove());

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const file = (name: string) => sourceOf({uri: `file:${name}`, format: 'csv'});
const lines = async (name: string, content: string | Uint8Array): Promise<string[]> => {
  await folder.write(name, content);
  return folder.lines(file(name));
};
const refused = async (name: string, content: string | Uint8Array): Promise<unknown> => {
  await folder.write(name, content);
  return folder.read(file(name)).catch((error: unknown) => error);
};

describe('CSV', () => {
  it.each([
    [',', '\n', ''],
    [';', '\r\n', '\ufeff'],
    ['\t', '\n', ''],
    ['|', '\n', ''],
  ])('with %j between values and %j after records is read, in any part', async (delimiter, newline, bom) => {
    const rows = ROWS.map((row) => [row.id, row.class, quote(row.body)].join(delimiter));
    const header = ['id', 'class', 'body'].join(delimiter);
    await folder.write('rows.csv', `${bom}${[header, ...rows, ''].join(newline)}`);
    const source = file('rows.csv');
    expect(await folder.contents(source)).toEqual(CONTENT);
    const found = await folder.read(source);
    expect(found.map((one) => one.line)).toEqual([2, 4, 5]);
    for (const one of found) expect(await folder.reread(source, [one])).toMatchObject([{id: one.id}]);
  });

  it('with lines that end as on old Macs is read', async () => {
    expect(await lines('mac.csv', 'id,class,body\ra,ham,x\rb,ham,"y\rz"\rc,ham,\n\r')).toEqual([
      '2: a',
      '3: b',
      '5: c',
    ]);
  });

  it('has records with the wrong number of columns quarantined', async () => {
    expect(await lines('ragged.csv', 'id,class,body\na,ham,x\nb,ham\n\nc,ham,y,z\nd,ham,w\n')).toEqual([
      '2: a',
      '3: 2 columns, the header has 3',
      '5: 4 columns, the header has 3',
      '6: d',
    ]);
  });

  it('may end its lines with CRLF and LF in one file, also within quotes', async () => {
    const mixed = 'id,class,body\r\n1,ham,a\r\n2,ham,b\n3,ham,"c\r\nd"\r\n4,ham,e\r\n';
    expect(await lines('mixed.csv', mixed)).toEqual(['2: 1', '3: 2', '4: 3', '6: 4']);
    const alone = 'id,class,body\n1,ham,a\r\n2,ham,b\n3,ham,"c\r\nd"\r\n4,ham,e\n';
    expect(await lines('alone.csv', alone)).toEqual(['2: 1', '3: 2', '4: 3', '6: 4']);
    expect(await folder.contents(file('alone.csv'))).toMatchObject({1: {text: 'a'}, 3: {text: 'c\r\nd'}});
  });

  it('with a quote that is never closed has one record malformed, and every one behind it read', async () => {
    const rows = Array.from({length: 1000}, (_, i) => `r${i},ham,text ${i}`);
    const found = await lines(
      'open.csv',
      ['id,class,body', 'a,ham,x', 'b,ham,"never closed', ...rows, ''].join('\n'),
    );
    expect(found.slice(0, 3)).toEqual(['2: a', '3: a quote is not closed', '4: r0']);
    expect(found).toHaveLength(1002);
    const [first, , ...rest] = await folder.read(file('open.csv'));
    expect(await folder.reread(file('open.csv'), [first!, ...rest])).toHaveLength(1001);
  });

  it('does not take the quote that opens a later record for the one that closes this', async () => {
    const found = await lines(
      'later.csv',
      'id,class,body\na,ham,"never closed\nb,ham,"y"\nc,ham,"two\nlines"\n',
    );
    expect(found).toEqual(['2: a quote is not closed', '3: b', '4: c']);
    expect(await folder.contents(file('later.csv'))).toEqual({
      b: {label: 'ham', text: 'y'},
      c: {label: 'ham', text: 'two\nlines'},
    });
  });

  it('keeps quotes that stand within a value, where nothing else can be meant', async () => {
    await folder.write('inches.csv', 'id,class,body\na,ham,5" nail\nb,ham,"5" nail, long\n');
    expect(await folder.lines(file('inches.csv'))).toEqual(['2: a', '3: 4 columns, the header has 3']);
    expect(await folder.contents(file('inches.csv'))).toEqual({a: {label: 'ham', text: '5" nail'}});
  });

  it('with a line of more than 32 MB goes on behind it', async () => {
    const long = Buffer.alloc(33 << 20, 'x');
    const whole = Buffer.concat([
      Buffer.from('id,class,body\na,ham,x\nb,ham,'),
      long,
      Buffer.from('\nc,ham,"'),
      long,
      Buffer.from('\nd,ham,y\n'),
    ]);
    expect(await lines('long.csv', whole)).toEqual([
      '2: a',
      '3: a line of more than 32 MB',
      '4: a line of more than 32 MB',
      '5: d',
    ]);
  });

  it('has records that are not UTF-8 quarantined', async () => {
    const latin1 = Buffer.from('id,class,body\na,ham,café\nb,ham,tea\n', 'latin1');
    expect(await lines('latin1.csv', latin1)).toEqual([
      '2: not UTF-8: save the file as "CSV UTF-8", or convert it with iconv -f WINDOWS-1252 -t UTF-8',
      '3: b',
    ]);
  });

  it.each([
    ['utf16le', Buffer.from('\ufeffid,class,body\na,ham,x\n', 'utf16le')],
    ['utf16be', Buffer.from('\ufeffid,class,body\na,ham,x\n', 'utf16le').swap16()],
  ])('in %s is refused', async (name, bytes) => {
    expect(await refused(`${name}.csv`, bytes)).toMatchObject({
      type: 'InvalidInput',
      message: `${name}.csv of file:${name}.csv is UTF-16, expected UTF-8: save it as "CSV UTF-8", or convert it with iconv -f UTF-16 -t UTF-8`,
    });
  });

  it.each([
    ['a name twice', 'id,class,body,class\na,ham,x,spam\n', 'has two columns "class": rename one of them'],
    ['an open quote', 'id,class,"body\na,ham,x\n', 'has a quote in its header line that is not closed'],
    [
      'another encoding',
      Buffer.from('id,class,body,größe\na,ham,x,1\n', 'latin1'),
      'has a header line that is not UTF-8: save the file as "CSV UTF-8", or convert it with iconv -f WINDOWS-1252 -t UTF-8',
    ],
  ])('with %s in its header is refused', async (_, content, message) => {
    expect(await refused('header.csv', content)).toMatchObject({
      type: 'InvalidInput',
      message: `header.csv of file:header.csv ${message}`,
    });
  });

  it('has its delimiter counted outside quotes', async () => {
    expect(await lines('quoted.csv', 'id,class,"body","text; the body; really; long"\na,ham,x,y\n')).toEqual([
      '2: a',
    ]);
  });

  it('is read as csv-parse reads it, wherever its chunks end', async () => {
    // The same files every time.
    let state = 7;
    const pick = <T>(from: readonly T[]): T => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return from[(state >> 8) % from.length]!;
    };
    const values = [
      '',
      'x',
      'é',
      '"q"',
      '""',
      '"a,b"',
      '"a""b"',
      '"日\n本"',
      'in"ch',
      '"5" nail',
      ' "s" ',
      '"c\n"',
    ];
    for (let i = 0; i < 500; i++) {
      const rows = Array.from({length: 5}, () => [pick(values), pick(values), pick(values)]);
      const text = [['one', 'two', 'three'], ...rows].map((row) => row.join(',')).join(pick(['\n', '\r\n']));
      const expected: unknown = parse(text, {relax_quotes: true, from: 2});
      const entries = await all(csv.read(inChunks(text, pick([1, 2, 3, 7, 1000])), 'x.csv', []));
      expect(
        entries.map((one) => one.status === 'read' && Object.values(one.value)),
        text,
      ).toEqual(expected);
      expect(entries.reduce((sum, one) => sum + one.length, 'one,two,three'.length)).toBeLessThanOrEqual(
        Buffer.byteLength(text),
      );
    }
  });

  it('gives what it has before the file ends', async () => {
    const place = inChunks(`one\n${'a\n'.repeat(100)}`, 10);
    let streamed = 0;
    const counting: SourcePlace = {
      ...place,
      async *stream(file, from, to) {
        for await (const chunk of place.stream(file, from, to)) {
          streamed += chunk.length;
          yield chunk;
        }
      },
    };
    const entries = csv.read(counting, 'x.csv', [])[Symbol.asyncIterator]();
    await entries.next();
    // A file that is so small is read once to its end for the header.
    expect(streamed).toBeLessThan(204 + 50);
    await entries.return?.();
  });
});

/** A file in a place that gives so many bytes at once. */
function inChunks(text: string, size: number): SourcePlace {
  const bytes = Buffer.from(text);
  return {
    uri: 'file:x.csv',
    files: () => Promise.resolve(['x.csv']),
    size: () => Promise.resolve(bytes.length),
    bytes: (_, most) => Promise.resolve(bytes.subarray(0, most)),
    async *stream(_, from = 0, to = bytes.length) {
      const end = Math.min(to, bytes.length);
      for (let at = from; at < end; at += size)
        yield await Promise.resolve(bytes.subarray(at, Math.min(at + size, end)));
    },
  };
}
