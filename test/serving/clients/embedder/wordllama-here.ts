import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {wordllamaFolder} from '../../../../serving/clients/embedder/wordllama.ts';

/** Why tests that need WordLlama's table are skipped; null where it is there. */
export const wordllamaMissing: string | null = existsSync(
  join(wordllamaFolder(), 'l2_supercat_256.safetensors'),
)
  ? null
  : `no table in ${wordllamaFolder()}: npm test fetches it`;
