import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {openTokenizer} from '../clients/tokenizer/open-tokenizer.ts';

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
  if (found.isDirectory()) return {tokenizer: await openTokenizer(path), sha256: null};
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, {highWaterMark: 1 << 20}), hash);
  return {tokenizer: await openTokenizer(path), sha256: hash.digest('hex')};
}
