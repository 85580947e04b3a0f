import {describe, expect, it} from 'vitest';
import {readSignedDecision} from '../../../core/approval/shape.ts';
import {SignedDecision} from '../../../schemas/approval.ts';

const payload = {
  v: 1,
  project: 'mail',
  action: 'approve',
  digests: {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)},
  run: 'r',
  key: '0123456789abcdef',
  comment: '',
  expiry: '2026-12-01T00:00:00Z',
};
const signature = Buffer.alloc(64, 7).toString('base64');

/** Every way a decision can be misshapen: the path that is spoilt, and what is put there. */
const SPOILT: [string, unknown][] = [
  ['v', '1'],
  ['v', undefined],
  ['project', 3],
  ['project', null],
  ['action', 'Approve'],
  ['action', ['approve']],
  ['digests', []],
  ['digests', {...payload.digests, extra: 'a'.repeat(64)}],
  ['digests', {release: payload.digests.release}],
  ['digests', {...payload.digests, report: 'C'.repeat(64)}],
  ['digests', {...payload.digests, report: 'c'.repeat(63)}],
  ['run', {}],
  ['key', '0123456789abcde'],
  ['key', '0123456789ABCDEF'],
  ['comment', 'x'.repeat(2001)],
  ['expiry', 1_764_547_200_000],
  ['expiry', '2026-12-01'],
  ['expiry', '2026-12-01T00:00:00'],
  ['expiry', '2026-12-01T00:00:00+01:00'],
  ['expiry', '2026-02-30T00:00:00Z'],
  ['extra', 1],
  ['__proto__x', 1],
];

describe('readSignedDecision', () => {
  it('takes what the schema takes', () => {
    for (const expiry of [
      '2026-12-01T00:00Z',
      '2026-12-01T00:00:00Z',
      '2026-12-01T00:00:00.123Z',
      '2028-02-29T23:59:59Z',
    ]) {
      const decision = {payload: {...payload, expiry}, signature};
      expect(SignedDecision.safeParse(decision).success).toBe(true);
      expect(readSignedDecision(decision)).toEqual({decision});
    }
  });

  it.each(SPOILT)('refuses, as the schema does, %s = %j', (key, value) => {
    const decision = {payload: {...payload, [key]: value}, signature};
    if (value === undefined) delete (decision.payload as Record<string, unknown>)[key];
    expect(SignedDecision.safeParse(decision).success).toBe(false);
    expect(readSignedDecision(decision)).toEqual({
      refuse: expect.stringMatching(/^not a signed decision: payload/),
    });
  });

  // A workflow keeps what it is sent in its history: names are bounded here, not in the schema.
  it.each([
    ['project', 200],
    ['run', 200],
    ['comment', 2000],
  ])('takes a %s of %i characters and no more', (key, most) => {
    const decision = (length: number) => ({payload: {...payload, [key]: 'x'.repeat(length)}, signature});
    expect(readSignedDecision(decision(most))).toHaveProperty('decision');
    expect(readSignedDecision(decision(most + 1))).toEqual({
      refuse: expect.stringMatching(`^not a signed decision: payload.${key}: expected `) as string,
    });
  });

  it('says where and what was expected, in one line', () => {
    for (const argument of [7, null, undefined, [{payload, signature}]])
      expect(readSignedDecision(argument)).toEqual({refuse: 'not a signed decision: expected an object'});
    expect(readSignedDecision({payload})).toEqual({refuse: 'not a signed decision: signature is missing'});
    expect(readSignedDecision({payload, signature, ['x'.repeat(41)]: 1})).toEqual({
      refuse: `not a signed decision: unknown key "${'x'.repeat(40)}"`,
    });
    expect(readSignedDecision({payload, signature, other: 1})).toEqual({
      refuse: 'not a signed decision: unknown key "other"',
    });
    expect(readSignedDecision({payload, signature: 'AA=='})).toEqual({
      refuse:
        'not a signed decision: signature: expected the canonical base64 of a 64-byte Ed25519 signature',
    });
    const decision = {payload: {...payload, digests: {...payload.digests, dataset: 1}}, signature};
    expect(readSignedDecision(decision)).toEqual({
      refuse: 'not a signed decision: payload.digests.dataset: expected 64 hex digits',
    });
  });

  it('refuses a lone surrogate, which canonical JSON cannot write', () => {
    expect(readSignedDecision({payload: {...payload, comment: 'a\ud800'}, signature})).toHaveProperty(
      'refuse',
    );
  });
});
