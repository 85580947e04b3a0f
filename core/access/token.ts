import {hash, randomBytes} from 'node:crypto';

const BYTES = 32;
const TOKEN = /^rk_[A-Za-z0-9_-]{43}$/;

/** A new token: `rk_` and 256 random bits in base64url. */
export function newToken(): string {
  return `rk_${randomBytes(BYTES).toString('base64url')}`;
}

/**
 * By what a token is looked up: its sha256, 64 hex digits; null for what can be no token. 256 random bits need no slow hash,
 * and a look-up by hash tells by its time nothing about the token.
 */
export function tokenHash(token: string): string | null {
  return TOKEN.test(token) ? hash('sha256', token, 'hex') : null;
}
