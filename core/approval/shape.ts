import type {SignedDecision} from '../../schemas/approval.ts';
import {SIGNATURE} from '../../schemas/acts.ts';

/**
 * Shape of a signed decision, checked by hand: anyone can send anything to a workflow, and the sandbox has no zod.
 * Imports no zod. Agrees with `SignedDecision` of schemas/approval.ts (a test holds them together).
 */
export type Shaped = {readonly decision: SignedDecision} | {readonly refuse: string};

export const DIGITS = {digest: /^[0-9a-f]{64}$/, key: /^[0-9a-f]{16}$/} as const;
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/;

const PAYLOAD: Record<string, (value: unknown) => string | null> = {
  v: (value) => (value === 1 ? null : 'expected 1'),
  project: (value) => (text(value, 200) ? null : 'expected a name'),
  action: (value) => (value === 'approve' || value === 'reject' ? null : 'expected "approve" or "reject"'),
  digests: (value) => digests(value),
  run: (value) => (text(value, 200) ? null : "expected the approval's run ID"),
  key: (value) => (typeof value === 'string' && DIGITS.key.test(value) ? null : 'expected 16 hex digits'),
  comment: (value) => (text(value, 2000) ? null : 'expected a text of at most 2,000 Unicode characters'),
  expiry: (value) =>
    typeof value === 'string' && isUtc(value)
      ? null
      : 'expected an ISO 8601 date in UTC, such as 2026-01-31T12:00:00Z',
};

/** @example readSignedDecision({payload: 7}) // {refuse: 'payload: expected an object'} */
export function readSignedDecision(argument: unknown): Shaped {
  const wrong = fields(argument, {
    payload: (payload) => fields(payload, PAYLOAD),
    signature: signatureText,
  });
  return wrong === null
    ? {decision: argument as SignedDecision}
    : {refuse: `not a signed decision: ${wrong}`};
}

function digests(value: unknown): string | null {
  const sha256 = (digest: unknown): string | null =>
    typeof digest === 'string' && DIGITS.digest.test(digest) ? null : 'expected 64 hex digits';
  return fields(value, {release: sha256, dataset: sha256, report: sha256});
}

/** What is wrong with the text of a signature; null if nothing is. */
export function signatureText(value: unknown): string | null {
  if (typeof value === 'string' && SIGNATURE.test(value)) return null;
  return 'expected the canonical base64 of a 64-byte Ed25519 signature';
}

/** Exactly these keys, each with the right value; else where and what was expected. */
export function fields(
  value: unknown,
  expected: Record<string, (value: unknown) => string | null>,
): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'expected an object';
  const extra = Object.keys(value).find((key) => !Object.hasOwn(expected, key));
  if (extra !== undefined) return `unknown key ${JSON.stringify(extra.slice(0, 40))}`;
  for (const [key, check] of Object.entries(expected)) {
    if (!Object.hasOwn(value, key)) return `${key} is missing`;
    const wrong = check((value as Record<string, unknown>)[key]);
    if (wrong !== null) return wrong.startsWith('expected') ? `${key}: ${wrong}` : `${key}.${wrong}`;
  }
  return null;
}

/** Lone surrogates are refused: RFC 8785 has no bytes for them. */
export function text(value: unknown, limit: number): value is string {
  return typeof value === 'string' && value.length <= limit && value.isWellFormed();
}

/** The 30th of February is refused: what a date parses to must say the same again. */
export function isUtc(value: string): boolean {
  const ms = UTC.test(value) ? Date.parse(value) : NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value.slice(0, 16));
}
