import {fileURLToPath} from 'node:url';
import type {DataConverter} from '@temporalio/common';
import {codecKeys} from './codec-keys.ts';
import {EncryptionCodec} from './encryption-codec.ts';

/** The module that workers and the workflow bundle load so that failures' messages are payloads, too. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('failure-converter.cjs', import.meta.url));

/**
 * For every client and worker: encrypts by the keys of `RATCHET_CODEC_KEYS`; undefined (Temporal's own) where there are none.
 * Throws InvalidInput for keys that cannot be used.
 */
export function dataConverter(
  env: Readonly<Record<string, string | undefined>> = process.env,
): DataConverter | undefined {
  const keys = codecKeys(env);
  if (keys.length === 0) return undefined;
  return {payloadCodecs: [new EncryptionCodec(keys)], failureConverterPath: FAILURE_CONVERTER};
}
