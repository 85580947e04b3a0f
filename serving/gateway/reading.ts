import {ENTITIES} from '../../schemas/names.ts';
import {normalise} from '../../core/curation/normalise.ts';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {transformRequest, type TransformConfig, type TransformResult} from '../../core/curation/transform.ts';
import {blocks} from './block-patterns.ts';

/** What a request says, and how one release reads it. */
export interface Reading {
  /** As the input transform takes it. */
  readonly content: string | object;
  /** All that came, as it came. */
  readonly texts: readonly string[];
  readonly config: TransformConfig;
  /** What the release's guardrail policy blocks. */
  readonly patterns: readonly string[];
}
export interface Read {
  readonly result: TransformResult;
  /** A pattern was found in what came, or in what the transform made of it: encoding or invisible characters may hide it. */
  readonly blocked: boolean;
}

export async function read({content, texts, config, patterns}: Reading, key: Uint8Array): Promise<Read> {
  const result = await transformRequest(content, config, key);
  if (result.status === 'drop') return {result, blocked: false};
  const {fields, messages = []} = result.value;
  const blocked = blocks(patterns, [
    ...texts,
    ...Object.values(fields),
    ...messages.map(({content: text}) => (typeof text === 'string' ? text : '')),
  ]);
  return {result, blocked};
}

/** A correction as it may be kept. */
export function readCorrection(text: string, key: Uint8Array): string {
  return scrub(normalise(text, 'layout'), {entities: ENTITIES, key}).text;
}
