import {hash, timingSafeEqual} from 'node:crypto';

/**
 * Whether an `Authorization` header is `Bearer` and this token. Compared by digests, which are of one length: how long it takes
 * tells nothing of the token.
 *
 * @example
 * bearerCheck('s3cret')('Bearer s3cret'); // true
 */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const digest = (text: string) => hash('sha256', text, 'buffer');
  const expected = digest(`Bearer ${token}`);
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}
