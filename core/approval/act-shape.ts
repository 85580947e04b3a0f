import {ACTS} from '../../schemas/acts.ts';
import {DIGITS, fields, isUtc, signatureText, text} from './shape.ts';

/**
 * Shape of a signed act, checked by hand as a decision's is. Imports no zod: the workflows run it. Agrees with `SignedAct` of
 * schemas/access.ts (a test holds them together).
 */

const ACT: readonly string[] = ACTS;

/** What is wrong with the shape; null if nothing is. `signature` judges the signature's text. */
export function misshapenSignedAct(
  argument: unknown,
  signature: (value: unknown) => string | null = signatureText,
): string | null {
  return fields(argument, {
    payload: (payload) =>
      fields(payload, {
        v: (value) => (value === 1 ? null : 'expected 1'),
        project: (value) => (text(value, 200) ? null : 'expected a name'),
        act: (value) =>
          typeof value === 'string' && ACT.includes(value) ? null : `expected one of ${ACT.join(', ')}`,
        about: (value) => about(value),
        key: (value) =>
          typeof value === 'string' && DIGITS.key.test(value) ? null : 'expected 16 hex digits',
        comment: (value) =>
          text(value, 2000) ? null : 'expected a text of at most 2,000 Unicode characters',
        expiry: (value) =>
          typeof value === 'string' && isUtc(value)
            ? null
            : 'expected an ISO 8601 date in UTC, such as 2026-01-31T12:00:00Z',
      }),
    signature,
  });
}

function about(value: unknown): string | null {
  const wrong = 'expected at most 10 short texts by name';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong;
  const entries = Object.entries(value);
  return entries.length <= 10 && entries.every(([name, one]) => text(name, 40) && text(one, 400))
    ? null
    : wrong;
}
