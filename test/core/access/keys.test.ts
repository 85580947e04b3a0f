import {createHash} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {endOf, stateOf} from '../../../core/access/key-state.ts';
import {newToken, tokenHash} from '../../../core/access/token.ts';
import type {GatewayKey} from '../../../schemas/gateway-key.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 12, minute)).toISOString();
const key = (more: Partial<GatewayKey>): GatewayKey => ({
  id: 'a'.repeat(12),
  family: 'a'.repeat(12),
  hash: 'f'.repeat(64),
  name: 'app',
  scopes: ['chat'],
  created: at(0),
  createdBy: 'anna',
  expires: null,
  rate: null,
  budget: null,
  replaced: null,
  revoked: null,
  ...more,
});

describe('a token', () => {
  test('is rk_ and 256 random bits, and is found by its sha256', () => {
    const [one, other] = [newToken(), newToken()];
    expect(one).toMatch(/^rk_[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(one.slice(3), 'base64url')).toHaveLength(32);
    expect(one).not.toBe(other);
    expect(tokenHash(one)).toBe(createHash('sha256').update(one).digest('hex'));
  });

  test.each(['', 'rk_', 'sk-abc', `rk_${'a'.repeat(42)}`, `rk_${'a'.repeat(44)}`, `rk_${'ä'.repeat(43)}`])(
    '%j can be none',
    (text) => expect(tokenHash(text)).toBeNull(),
  );
});

describe('a key', () => {
  test('is good until the first of its ends, and not in that moment', () => {
    const ends = key({expires: at(30), replaced: {by: 'b'.repeat(12), until: at(20)}});
    expect(endOf(ends)).toBe(Date.parse(at(20)));
    expect(endOf(key({}))).toBe(Infinity);
    expect(endOf(key({revoked: {by: 'anna', at: at(59)}}))).toBe(-Infinity);
    expect(stateOf(key({expires: at(30)}), Date.parse(at(30)) - 1)).toBe('live');
    expect(stateOf(key({expires: at(30)}), Date.parse(at(30)))).toBe('expired');
  });

  test.each([
    [key({}), 'live'],
    [key({replaced: {by: 'b'.repeat(12), until: at(11)}}), 'retiring'],
    [key({replaced: {by: 'b'.repeat(12), until: at(10)}}), 'replaced'],
    [key({expires: at(5)}), 'expired'],
    [key({expires: at(5), revoked: {by: 'anna', at: at(3)}}), 'revoked'],
  ])('%#: its state', (one, state) => expect(stateOf(one, Date.parse(at(10)))).toBe(state));
});
