import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import {cacheFolder} from '../../../host/read-once.ts';
import type {Embedder} from './embedder.ts';
import {readEmbeddingTable} from './safetensors-table.ts';
import {WordTokenizer} from './word-tokenizer.ts';

const WEIGHTS = 'l2_supercat_256.safetensors';
const TOKENIZER = 'l2_supercat_tokenizer_config.json';

/** RATCHET_WORDLLAMA, else `models/wordllama` in the user's cache. */
export function wordllamaFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['RATCHET_WORDLLAMA'] || join(cacheFolder(env), 'models', 'wordllama');
}

/**
 * WordLlama's static embeddings (Miller 2024, MIT): a text's vector is the mean of its tokens' rows of a 32,000 × 256 table,
 * as the Python package's `embed()` gives it. 17 MB of memory; no network, no GPU. Throws InvalidInput if the folder lacks
 * the two files or they are not what they should be.
 */
export async function loadWordllama(folder: string = wordllamaFolder()): Promise<Embedder> {
  const [weights, config] = await Promise.all([read(folder, WEIGHTS), read(folder, TOKENIZER)]);
  const table = readEmbeddingTable(weights, 'embedding.weight', join(folder, WEIGHTS));
  const tokenizer = new WordTokenizer(JSON.parse(config.toString('utf8')) as object);

  const embedOne = (text: string): Float32Array => {
    const sum = new Float32Array(table.dims);
    // An empty text still is one token, the space that every text begins with; it has nothing to say.
    if (text === '') return sum;
    let tokens = 0;
    for (const id of tokenizer.ids(text)) {
      table.addRow(Math.min(id, table.rows - 1), sum);
      tokens += 1;
    }
    return tokens === 0 ? sum : sum.map((value) => value / tokens);
  };
  return {
    name: 'wordllama/l2_supercat_256',
    dims: table.dims,
    embed: async (texts) => texts.map(embedOne),
  };
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `${join(folder, name)} cannot be read: expected WordLlama's table there; set it up with npm run demo, or name its folder in RATCHET_WORDLLAMA`,
      {cause},
    );
  }
}
