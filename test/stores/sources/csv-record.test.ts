import {describe, expect, it} from 'vitest';
import {countLines, nextLine, scanRecord} from '../../../stores/sources/csv-record.ts';

const COMMA = {delimiter: 0x2c, cr: false};
const MAC = {delimiter: 0x2c, cr: true};
const scan = (text: string, last = true, dialect = COMMA, start = 0) =>
  scanRecord(Buffer.from(text), start, last, dialect);
const record = (next: number, ...fields: string[]) => ({status: 'record', fields, next});

describe('a record of CSV', () => {
  it.each([
    ['a,b\nc', record(4, 'a', 'b')],
    ['a,b\r\nc', record(5, 'a', 'b')],
    ['a,', record(2, 'a', '')],
    ['a\rb\n', record(4, 'a\rb')],
    ['a\r', record(2, 'a')],
    ['"a,b",c\n', record(8, 'a,b', 'c')],
    ['"a\r\nb"\r\nc', record(8, 'a\r\nb')],
    ['"a"\r', record(4, 'a')],
    ['"a""b"', record(6, 'a"b')],
    ['"a"""', record(5, 'a"')],
    ['"",x', record(4, '', 'x')],
    ['5" nail\n', record(8, '5" nail')],
    ['"5" nail\n', record(9, '"5" nail')],
    ['"5"\rx\n', record(6, '"5"\rx')],
  ])('is read from %j', (text, expected) => {
    expect(scan(text)).toEqual(expected);
  });

  it.each([
    // The quote that seems to close the value opens one of a later record.
    'a,"never closed\nb,"y"\n',
    '"never closed\rb,"y"\n',
    '"never closed\n',
    '"never closed ""\n',
  ])('has an open quote in %j', (text) => {
    expect(scan(text)).toEqual({status: 'open'});
  });

  it.each(['a,b', 'a\r', '"a', '"a"', '"a"\r', '"a\nb"\r', '"a""', 'a,"b\nc'])(
    'ends behind %j, where more bytes have to tell',
    (text) => {
      expect(scan(text, false)).toEqual({status: 'more'});
    },
  );

  it('starts at the given offset, and ends at a CR alone, as on old Macs', () => {
    expect(scan('x\na,b\n', true, COMMA, 2)).toEqual(record(6, 'a', 'b'));
    expect(scan('a\nb\rc', true, MAC)).toEqual(record(4, 'a\nb'));
    expect(scan('"a"\rc', false, MAC)).toEqual(record(4, 'a'));
    expect(scan('"5"\nx\r', true, MAC)).toEqual(record(6, '"5"\nx'));
  });
});

it('lines are found and counted by what ends them', () => {
  const bytes = Buffer.from('\na\n\r\n');
  expect([0, 1, 3, 6].map((at) => nextLine(bytes, at, COMMA))).toEqual([1, 3, 5, -1]);
  expect(nextLine(bytes, 0, MAC)).toBe(4);
  expect([countLines(bytes, COMMA), countLines(bytes, MAC), countLines(Buffer.alloc(0), MAC)]).toEqual([
    3, 1, 0,
  ]);
});
