import {describe, expect, it} from 'vitest';
import {misshapenSignedAct} from '../../../core/approval/act-shape.ts';
import {SignedAct} from '../../../schemas/access.ts';
import {ACTS} from '../../../schemas/acts.ts';

const payload = {
  v: 1,
  project: 'mail',
  act: 'promote',
  key: '0123456789abcdef',
  comment: '',
  about: {rollout: 'rollout/x', step: '1'},
  expiry: '2026-12-01T00:00:00Z',
};
const signature = Buffer.alloc(64, 7).toString('base64');
const many = (n: number) => Object.fromEntries(Array.from({length: n}, (_, i) => [`name${i}`, 'x']));

describe('the shape of a signed act', () => {
  it.each(ACTS)('takes what the schema takes: %s', (act) => {
    const signed = {payload: {...payload, act}, signature};
    expect(SignedAct.safeParse(signed).success).toBe(true);
    expect(misshapenSignedAct(signed)).toBeNull();
  });

  it('takes an expiry without seconds, as the schema does', () => {
    const signed = {payload: {...payload, expiry: '2026-12-01T00:00Z'}, signature};
    expect(SignedAct.safeParse(signed).success).toBe(true);
    expect(misshapenSignedAct(signed)).toBeNull();
  });

  it.each<[string, unknown]>([
    ['v', 2],
    ['project', 7],
    ['act', 'approve'],
    ['act', undefined],
    ['act', ['promote']],
    ['about', null],
    ['about', []],
    ['about', {step: 1}],
    ['key', '0123456789ABCDEF'],
    ['comment', 'x'.repeat(2001)],
    ['expiry', '2026-02-30T00:00:00Z'],
    ['expiry', '2026-12-01'],
    ['extra', 1],
  ])('refuses, as the schema does, %s = %j', (name, value) => {
    const signed = {payload: {...payload, [name]: value} as Record<string, unknown>, signature};
    if (value === undefined) delete signed.payload[name];
    expect(SignedAct.safeParse(signed).success).toBe(false);
    expect(misshapenSignedAct(signed)).toMatch(/^payload/);
  });

  // A workflow keeps what it is sent in its history: this is stricter than the schema.
  it.each<[string, unknown]>([
    ['about', many(11)],
    ['about', {['n'.repeat(41)]: 'x'}],
    ['about', {name: 'x'.repeat(401)}],
    ['about', {name: '\ud800'}],
    ['about', {'\ud800': 'x'}],
    ['project', 'x'.repeat(201)],
    ['comment', '\ud800'],
  ])('refuses what is too much or no text: %s', (name, value) => {
    expect(misshapenSignedAct({payload: {...payload, [name]: value}, signature})).toMatch(/^payload/);
  });

  it('takes as much as it says', () => {
    for (const about of [many(10), {['n'.repeat(40)]: 'x'.repeat(400)}, {}])
      expect(misshapenSignedAct({payload: {...payload, about}, signature})).toBeNull();
  });

  it.each<[unknown]>([
    [null],
    [7],
    [[]],
    [{payload}],
    [{payload, signature, more: 1}],
    [{payload: 1, signature}],
  ])('refuses %j', (argument) => {
    expect(misshapenSignedAct(argument)).not.toBeNull();
  });
});
