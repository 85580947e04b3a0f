import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {open, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {tokenizerFromGguf, tokenizerFromJson, type Tokenizer} from '../../core/prompts/tokenizer.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';

export interface BaseTokenizer {
  readonly tokenizer: Tokenizer;
  /** sha256 of the GGUF file; null for a Hugging Face folder, whose files the gateway does not all have. */
  readonly sha256: string | null;
}

/** The tokenizer of a GGUF file, or of a Hugging Face folder. Throws InvalidInput. */
export async function baseTokenizer(path: string): Promise<BaseTokenizer> {
  const found = await stat(path).catch(() => null);
  if (found === null)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `--model: ${path} does not exist: expected a GGUF file or a folder`,
    );
  if (found.isDirectory()) return {tokenizer: await fromFolder(path), sha256: null};
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, {highWaterMark: 1 << 20}), hash);
  return {tokenizer: await tokenizerFromGguf((bytes) => start(path, bytes)), sha256: hash.digest('hex')};
}

async function start(path: string, bytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const {size} = await file.stat();
    const buffer = Buffer.alloc(Math.min(bytes, size));
    await file.read(buffer, 0, buffer.length, 0);
    return buffer;
  } finally {
    await file.close();
  }
}

async function fromFolder(folder: string): Promise<Tokenizer> {
  const json = async (name: string) =>
    JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;
  const template = await readFile(join(folder, 'chat_template.jinja'), 'utf8').catch(() => undefined);
  return tokenizerFromJson(await json('tokenizer.json'), await json('tokenizer_config.json'), template);
}
