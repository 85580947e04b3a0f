import {ApiError} from '@google/genai';
import {retryAfter} from '../../inference/refusals.ts';
import {wordsOf, type VendorSaid} from '../vendor-said.ts';

/** An answer with an error status, as it came: the SDK's own error lacks the headers. */
export class Refused extends Error {
  readonly response: Response;
  readonly text: string;
  constructor(response: Response, text: string) {
    super(`answered ${response.status}`);
    this.response = response;
    this.text = text;
  }
}

/** google.rpc.Status, as far as it is read. */
interface Status {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly status?: unknown;
  readonly details?: unknown;
}

export function said(error: unknown): VendorSaid | null {
  if (error instanceof Refused) {
    const {status, headers} = error.response;
    return saidBy(statusIn(error.text), status, headers);
  }
  // Inside a stream, with the whole event in its message.
  if (error instanceof ApiError)
    return saidBy(statusIn(error.message.slice(error.message.indexOf('{'))), error.status);
  return null;
}

function saidBy({status: word, message, details}: Status, status: number, headers?: Headers): VendorSaid {
  const all = Array.isArray(details) ? (details as Record<string, unknown>[]) : [];
  const delay = all.map((detail) => delayMs(detail?.['retryDelay'])).find((ms) => ms !== null);
  return {
    status,
    kind: wordsOf(word, ...all.map((detail) => detail?.['reason'])),
    message: typeof message === 'string' ? message : '',
    retryAfterMs: retryAfter(headers) ?? delay ?? null,
    shouldRetry: null,
  };
}

function statusIn(text: string): Status {
  try {
    const body = JSON.parse(text) as {error?: Status} | readonly {error?: Status}[] | null;
    const {error} = (Array.isArray(body) ? (body as readonly {error?: Status}[])[0] : body) as {
      error?: Status;
    };
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}

/** Milliseconds of google.rpc.RetryInfo's `34.07s`. */
function delayMs(delay: unknown): number | null {
  const seconds = typeof delay === 'string' ? /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined;
  return seconds === undefined ? null : Number(seconds) * 1000;
}
