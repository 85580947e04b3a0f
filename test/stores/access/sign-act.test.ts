import {afterEach, expect, test, vi} from 'vitest';
import {signatureHolds} from '../../../core/access/signed-act.ts';
import {readPublicKey} from '../../../stores/access/keys.ts';
import {signedAct} from '../../../stores/access/sign-act.ts';
import {person} from '../../people.ts';

afterEach(() => {
  vi.useRealTimers();
});

const anna = person('anna');
const about = {project: 'mail', act: 'retrain', about: {run: 'one'}} as const;

test('what a person does is signed for an hour, about exactly this', () => {
  vi.useFakeTimers({now: Date.parse('2026-11-26T12:00:00.000Z'), toFake: ['Date']});
  const {payload, signature} = signedAct(anna, about)!;
  expect(payload).toEqual({...about, v: 1, key: anna.id, comment: '', expiry: '2026-11-26T13:00:00.000Z'});
  expect(signatureHolds(payload, signature, readPublicKey(anna.key, 'it'))).toBe(true);
});

test('without a key nothing is signed', () => {
  expect(signedAct(undefined, about)).toBeUndefined();
});
