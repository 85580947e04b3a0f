import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Entry} from '../../../stores/sources/entry.ts';
import {MAX_OBJECT, parseObject} from '../../../stores/sources/json-object.ts';
import {json} from '../../../stores/sources/json.ts';
import type {SourcePlace} from '../../../stores/sources/place.ts';
import {CONTENT, ROWS, SourceFolder, sourceOf} from './source-folder.ts';

let folder: SourceFolder;
beforeAll(async () => {
  folder = await SourceFolder.open();
});
afterAll(() => folder.remove());

const LIST = sourceOf({uri: 'file:rows.json', format: 'json'});

/** A text that arrives in pieces of so many bytes. */
function inPieces(text: string, size: number): SourcePlace {
  const bytes = Buffer.from(text);
  return {
    uri: 'file:pieces',
    stream: async function* (_file: string, from = 0, to = bytes.length) {
      for (let at = from; at < to; at += size) yield bytes.subarray(at, Math.min(at + size, to));
    },
  } as unknown as SourcePlace;
}

async function entries(text: string, size = 1 << 16): Promise<Entry[]> {
  return Array.fromAsync(json.read(inPieces(text, size), 'pieces', []));
}

describe('a JSON list', () => {
  it.each([
    ['in one line', JSON.stringify(ROWS)],
    ['as people indent it', JSON.stringify(ROWS, null, 2)],
    [
      'with a BOM and Windows line ends',
      `\ufeff${JSON.stringify(ROWS, null, '\t').replaceAll('\n', '\r\n')}\r\n`,
    ],
  ])('is read %s, whole and in part', async (_, text) => {
    await folder.write('rows.json', text);
    const found = await folder.read(LIST);
    expect(found.map(({id, status}) => [id, status])).toEqual([
      ['b', 'read'],
      ['a', 'read'],
      ['c', 'read'],
    ]);
    expect(await folder.contents(LIST)).toEqual(CONTENT);
    expect(await folder.reread(LIST, [found[1]!])).toMatchObject([
      {id: 'a', label: 'spam', content: {text: CONTENT.a.text}},
    ]);
  });

  it('is the same wherever it is cut', async () => {
    const odd =
      '[{"a":"]},{\\"[\\\\"},\n {"é日\\u0022": {"b":[1,{"c":"\\\\\\""}]}} , 7, "x,]", null, [2], {"end":""}]';
    const whole = await entries(odd);
    expect(whole.map((one) => (one.status === 'read' ? one.value : one.reason))).toEqual([
      {a: ']},{"[\\'},
      {'é日"': {b: [1, {c: '\\"'}]}},
      'not a JSON object',
      'not a JSON object',
      'not a JSON object',
      'not a JSON object',
      {end: ''},
    ]);
    expect(whole.map(({line}) => line)).toEqual([1, 2, 2, 2, 2, 2, 2]);
    for (let size = 1; size < 12; size++) {
      const cut = await entries(odd, size);
      expect(cut.map((one) => ({...one, bytes: Buffer.from(one.bytes).toString()}))).toEqual(
        whole.map((one) => ({...one, bytes: Buffer.from(one.bytes).toString()})),
      );
      const again = await Array.fromAsync(json.reread(inPieces(odd, size), 'pieces', whole.slice(1, 4), []));
      expect(again.map(({offset, line, length}) => [offset, line, length])).toEqual(
        whole.slice(1, 4).map(({offset, line, length}) => [offset, line, length]),
      );
    }
  });

  it('says of each place that cannot be read where and why, and reads on behind it', async () => {
    const text = [
      '[',
      '{"id": 1},',
      '{"id": },',
      '{"id": "not closed},',
      '{"id": 2}},',
      '{"id": 3}',
      '{"id": 4},,',
      '] {"id": 5}',
    ].join('\n');
    expect(
      (await entries(text)).map((one) => [
        one.line,
        one.status === 'read' ? one.value['id' as never] : one.reason,
      ]),
    ).toEqual([
      [2, 1],
      [3, 'not JSON'],
      [4, 'not JSON'],
      [6, 3],
      [7, 4],
      [8, 'text behind the end of the list'],
    ]);
  });

  it.each([
    ['within an object', '[{"id": 1}, {"id": 2, "bo', [1, 'the file ends within the list']],
    ['between two', '[{"id": 1},', [1, 'the file ends within the list']],
    ['within a word', '[{"id": 1}, nul', [1, 'the file ends within the list']],
    ['before its end', '[{"id": 1}\n', [1, 'the file ends within the list']],
    ['where it ends', '[{"id": 1}]\n', [1]],
    ['where it has begun', '[]', []],
    ['before anything', ' ', []],
  ])('that is cut off %s says so', async (_, text, expected) => {
    const read = await entries(text);
    expect(read.map((one) => (one.status === 'read' ? (one.value as {id: number}).id : one.reason))).toEqual(
      expected,
    );
  });

  it.each([
    ['{"rows": []}', '{'],
    ['{"id": 1}\n{"id": 2}', '{'],
    ['id,text', 'i'],
    [Buffer.from('\ufeff[]', 'utf16le'), 'the byte 0xff'],
    [Buffer.from([0x1f, 0x8b]), 'the byte 0x1f'],
  ])('is not: %j', async (content, came) => {
    await folder.write('rows.json', content);
    await expect(folder.read(LIST)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(
        `rows.json of file:rows.json is no JSON list of objects: expected [ first, but ${came} came`,
      ),
    });
  });

  it('skips an object of more than 32 MB without holding it', async () => {
    const long = `[{"id":"a","body":"${'x'.repeat(33 * 2 ** 20)}"},{"id":"b"}]`;
    const [first, second] = await entries(long);
    expect(first).toMatchObject({status: 'malformed', reason: 'an object of more than 32 MB', offset: 1});
    expect(first!.bytes.length).toBeLessThan(first!.length);
    expect(second).toMatchObject({status: 'read', value: {id: 'b'}});
  });

  it('reads an object of just 32 MB', () => {
    const bytes = new TextEncoder().encode('{"id":"a"}');
    const of = (length: number) => parseObject(bytes, {line: 1, offset: 0, length}, 'an object')?.status;
    expect([of(MAX_OBJECT), of(MAX_OBJECT + 1)]).toEqual(['read', 'malformed']);
  });

  it('skips an object of more values than memory has room for, and counts none within texts', async () => {
    const many = `{"id":"a","more":[${'{},'.repeat(500_000)}0]}`;
    const text = `{"id":"b","body":"${String.raw`\",[`.repeat(400_000)}"}`;
    const [first, second, third] = await entries(`[${many},${text},{"id":"c"}]`);
    expect(first).toMatchObject({status: 'malformed', reason: 'an object of more than 500,000 values'});
    expect(second).toMatchObject({status: 'read', value: {id: 'b'}});
    expect(third).toMatchObject({status: 'read', value: {id: 'c'}});
  });

  it('nests without end', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(await entries(`[{"a":${deep}},{"b":1}]`)).toHaveLength(2);
  });
});
