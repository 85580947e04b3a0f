import {open, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {readGgufMetadata} from '../core/prompts/gguf.ts';

/** The chat template of a GGUF file or of a model's folder, as it came with it; null where it has none, or is no model. */
export async function chatTemplateOf(location: string): Promise<string | null> {
  return (await stat(location)).isDirectory() ? ofFolder(location) : ofFile(location);
}

async function ofFolder(folder: string): Promise<string | null> {
  const text = (name: string) => readFile(path.join(folder, name), 'utf8').catch(() => null);
  const own = await text('chat_template.jinja');
  if (own !== null) return own;
  const config = JSON.parse((await text('tokenizer_config.json')) ?? '{}') as {chat_template?: unknown};
  return typeof config.chat_template === 'string' ? config.chat_template : null;
}

async function ofFile(location: string): Promise<string | null> {
  const file = await open(location, 'r');
  try {
    const {size} = await file.stat();
    for (let ask = 4 * 2 ** 20; ; ask *= 2) {
      const buffer = Buffer.alloc(Math.min(ask, size));
      await file.read(buffer, 0, buffer.length, 0);
      const read = readGgufMetadata(buffer);
      if (read.status === 'short' && ask < size) continue;
      const template = read.status === 'whole' ? read.metadata['tokenizer.chat_template'] : null;
      return typeof template === 'string' ? template : null;
    }
  } finally {
    await file.close();
  }
}
