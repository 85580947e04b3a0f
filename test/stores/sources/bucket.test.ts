import {PutObjectCommand, S3Client} from '@aws-sdk/client-s3';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {STORE_KINDS, title} from '../store-kinds.ts';
import {CONTENT, ROWS, SourceFolder, sourceOf} from './source-folder.ts';

let folder: SourceFolder;
beforeAll(async () => {
  folder = await SourceFolder.open();
});
afterAll(() => folder.remove());

const s3 = STORE_KINDS.find((kind) => kind.name === 's3')!;
describe.skipIf(s3.unavailable !== null)(title('sources', s3), () => {
  let bucket: string;
  let query: string;
  let client: S3Client;
  const put = (Key: string, Body: string | Uint8Array) =>
    client.send(new PutObjectCommand({Bucket: bucket, Key, Body}));
  beforeAll(async () => {
    const {url} = await s3.open();
    bucket = new URL(url).hostname;
    query = new URL(url).search;
    const params = new URLSearchParams(query);
    client = new S3Client({
      endpoint: params.get('endpoint')!,
      region: params.get('region')!,
      forcePathStyle: true,
    });
    await put('in/rows.jsonl', ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await put(
      'in/rows.csv',
      `id,class,body\n${ROWS.map((row) => `${row.id},${row.class},"${row.body.replaceAll('"', '""')}"`).join('\n')}\n`,
    );
    await put('in/mail/1.eml', 'Subject: one\n\nText');
    await put('in/mail/2.eml', 'Subject: two\n\nText');
  });
  afterAll(() => client.destroy());

  it('are read as from a folder', async () => {
    for (const format of ['jsonl', 'csv'] as const) {
      const source = sourceOf({uri: `s3://${bucket}/in/*.${format}${query}`, format});
      expect(await folder.contents(source)).toEqual(CONTENT);
      const found = await folder.read(source);
      expect(found.map((one) => one.file)).toEqual([
        `in/rows.${format}`,
        `in/rows.${format}`,
        `in/rows.${format}`,
      ]);
      const one = await folder.reread(source, [found[1]!]);
      expect(one).toMatchObject([{id: 'a'}]);
    }
    const mails = sourceOf({
      uri: `s3://${bucket}/in/mail/*.eml${query}`,
      format: 'mail',
      fields: undefined,
      label: 'ham',
    });
    expect((await folder.read(mails)).map((one) => one.id)).toEqual(['1', '2']);
  });

  it.each([
    ['My Data/2024.csv', 'My Data/2024.csv'],
    ['My Data/2024.csv', 'My%20Data/2024.csv'],
    ['exports/müller.csv', 'exports/müller.csv'],
    ['exports/müller.csv', 'exports/m%C3%BCller.csv'],
    ['a&b.csv', 'a&b.csv'],
    ["o'brien.csv", "o'brien.csv"],
    ['report [final].csv', 'report [final].csv'],
    ['100%.csv', '100%.csv'],
    ['what?.csv', 'what%3F.csv'],
    ['a%20b.csv', 'a%2520b.csv'],
    ['.hidden/x.csv', '.hidden/x.csv'],
    ['sum+of #1.csv', 'sum+of #1.csv'],
  ])('under the key %s are named by s3://bucket/%s', async (key, path) => {
    await put(`keys/${key}`, 'id,class,body\n1,ham,x\n');
    const source = sourceOf({uri: `s3://${bucket}/keys/${path}${query}`, format: 'csv'});
    expect(await folder.read(source)).toMatchObject([{id: '1', file: `keys/${key}`}]);
    expect(await folder.contents(source)).toEqual({1: {label: 'ham', text: 'x'}});
    const around = sourceOf({uri: `s3://${bucket}/keys/**${query}`, format: 'csv', fields: {text: 'body'}});
    expect((await folder.read(around)).map((one) => one.file)).toContain(`keys/${key}`);
  });

  it('need a key', async () => {
    const source = sourceOf({uri: `s3://${bucket}${query}`, format: 'csv'});
    await expect(folder.read(source)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('expected s3://bucket/key, or s3://bucket/** for the whole bucket'),
    });
  });

  it('are refused in one line where the bucket, the key or the credentials are wrong', async () => {
    const missing = sourceOf({uri: `s3://${bucket}/in/none.jsonl${query}`, format: 'jsonl'});
    await expect(folder.read(missing)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('no file matches s3://'),
    });
    const key = process.env['AWS_SECRET_ACCESS_KEY'];
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    try {
      const denied = sourceOf({uri: `s3://${bucket}/in/rows.jsonl${query}`, format: 'jsonl'});
      await expect(folder.read(denied)).rejects.toMatchObject({type: 'AccessDenied'});
    } finally {
      process.env['AWS_SECRET_ACCESS_KEY'] = key;
    }
  });
});
