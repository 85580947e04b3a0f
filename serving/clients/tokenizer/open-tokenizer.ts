import {open, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {tokenizerFromGguf, tokenizerFromJson, type Tokenizer} from '../../../core/prompts/tokenizer.ts';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';

const opened = new Map<string, Promise<Tokenizer>>();

/** The tokenizer of a GGUF file or of a Hugging Face folder; read once a process. Throws InvalidInput. */
export function openTokenizer(path: string): Promise<Tokenizer> {
  const known = opened.get(path);
  if (known) return known;
  const reading = read(path);
  opened.set(path, reading);
  reading.catch(() => opened.delete(path));
  return reading;
}

async function read(path: string): Promise<Tokenizer> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `${path} does not exist: expected a GGUF file or a model folder`,
    );
  }
  return found.isDirectory() ? fromFolder(path) : tokenizerFromGguf((bytes) => start(path, bytes));
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
