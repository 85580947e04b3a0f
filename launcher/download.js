// @ts-check
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {open, rm} from 'node:fs/promises';
import {basename} from 'node:path';
import {StepError} from './step-error.js';

/** Between two pieces of a download. */
const SILENT_MS = 60_000;

/**
 * Fetches `url` into `file`. Throws where the server does not answer within `connectMs`, answers with an error,
 * falls silent for a minute, or sends bytes with another sha256; then there is no file.
 * @param {string} url
 * @param {string} file
 * @param {{sha256: string, connectMs: number}} options
 */
export async function download(url, file, {sha256, connectMs}) {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error(`no answer within ${connectMs / 1000} s`)), connectMs);
  const out = await open(file, 'w');
  try {
    const answer = await fetch(url, {signal: abort.signal, redirect: 'follow'});
    if (!answer.ok || answer.body === null) throw new Error(`HTTP status ${answer.status}`);
    const digest = createHash('sha256');
    for await (const piece of answer.body) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(new Error(`silent for ${SILENT_MS / 1000} s`)), SILENT_MS);
      digest.update(piece);
      await out.writeFile(piece);
    }
    await out.close();
    refuseOtherDigest(basename(file), digest.digest('hex'), sha256);
  } catch (error) {
    await out.close();
    await rm(file, {force: true});
    throw error instanceof StepError ? error : new Error(reason(error), {cause: error});
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} file
 * @returns {Promise<string>} hex
 */
export async function sha256Of(file) {
  const digest = createHash('sha256');
  for await (const piece of createReadStream(file)) digest.update(piece);
  return digest.digest('hex');
}

/**
 * @param {string} name
 * @param {string} came
 * @param {string} expected
 */
export function refuseOtherDigest(name, came, expected) {
  if (came === expected) return;
  throw new StepError({
    tried: `checked ${name}`,
    came: `expected sha256 ${expected}, got ${came}`,
    todo: 'it was not used: check the package index or proxy it comes from, then run again',
  });
}

/** The innermost cause says more than "fetch failed". @param {unknown} error */
export function reason(error) {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  if (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
  return inner instanceof Error ? inner.message : String(inner);
}
