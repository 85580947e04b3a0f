import {expect, test} from 'vitest';
import {entryFacts} from '../../../stores/audit/entry-facts.ts';

const signed = {key: '0123456789abcdef', project: 'post', expiry: '2026-12-01T00:00:00Z', v: 1};
const keys = {signature: 'c2ln', publicKey: 'ed25519:cHVi'};

test.for([
  [
    'a delegation',
    {
      signed: {
        payload: {...signed, act: 'delegate', about: {to: 'ben', until: '2026-12-25'}, comment: 'on leave'},
        ...keys,
      },
    },
    'to ben, until 2026-12-25, comment on leave',
  ],
  [
    'a run',
    {
      once: 'run_start/00',
      run: 'lifecycle/post/a',
      signed: {
        payload: {
          ...signed,
          act: 'run',
          comment: '',
          about: {run: 'lifecycle/post/a', settings: 'b'.repeat(64)},
        },
        ...keys,
      },
    },
    'run lifecycle/post/a, settings bbbbbbbbbbbb',
  ],
  [
    'a decision',
    {
      once: 'decision/00',
      payload: {
        ...signed,
        action: 'approve',
        run: 'a',
        comment: 'read the failures',
        digests: {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)},
      },
      ...keys,
    },
    'action approve, release aaaaaaaaaaaa, comment read the failures',
  ],
  ['what is not signed', {pointer: 3, shadow: null}, 'pointer 3'],
  ['several lines', {why: 'one\n\ttwo'}, 'why one\\n\\ttwo'],
] as const)('an entry of %s says what was meant, without signatures', ([, data, line]) => {
  expect(entryFacts({kind: 'some', data})).toBe(line);
});
