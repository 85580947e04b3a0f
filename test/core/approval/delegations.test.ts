import {expect, it} from 'vitest';
import {knownKeys, standsFor} from '../../../core/approval/delegations.ts';
import type {Delegation} from '../../../schemas/access.ts';

const people = [
  {id: 'a1', name: 'anna', roles: ['approver']},
  {id: 'a2', name: 'anna', roles: ['approver']},
  {id: 'b1', name: 'ben', roles: ['approver']},
  {id: 'v1', name: 'vera', roles: ['viewer']},
  {id: 'e1', name: 'eve', roles: ['viewer']},
];
const given = (by: string, to: string, change: Partial<Delegation> = {}): Delegation => ({
  digest: 'd'.repeat(64),
  by,
  to,
  from: '2026-01-01T00:00:00Z',
  until: '2026-02-01T00:00:00Z',
  revoked: null,
  ...change,
});
const at = (time: string) => Date.parse(time);
const stands = (delegations: Delegation[], name: string, time = '2026-01-15T00:00:00Z') =>
  standsFor(name, at(time), {delegations, people});

it('stands from its entry to its end, that excluded', () => {
  const one = [given('a1', 'eve')];
  expect(stands(one, 'eve')).toEqual(['anna']);
  expect(stands(one, 'eve', '2026-01-01T00:00:00Z')).toEqual(['anna']);
  expect(stands(one, 'eve', '2025-12-31T23:59:59Z')).toEqual([]);
  expect(stands(one, 'eve', '2026-02-01T00:00:00Z')).toEqual([]);
  expect(stands(one, 'ben')).toEqual([]);
});

it('ends when it is revoked; what was decided before stands', () => {
  const one = [given('a1', 'eve', {revoked: '2026-01-10T00:00:00Z'})];
  expect(stands(one, 'eve', '2026-01-09T00:00:00Z')).toEqual(['anna']);
  expect(stands(one, 'eve', '2026-01-10T00:00:00Z')).toEqual([]);
});

it('is worth what the delegator is worth now: nothing of a viewer, nothing of a key that is gone', () => {
  expect(stands([given('v1', 'eve'), given('x9', 'eve')], 'eve')).toEqual([]);
});

it('passes nothing on', () => {
  // anna → eve → vera: eve has nothing of her own to give.
  expect(stands([given('a1', 'eve'), given('e1', 'vera')], 'vera')).toEqual([]);
  // anna → ben → vera: vera stands for ben alone.
  expect(stands([given('a1', 'ben'), given('b1', 'vera')], 'vera')).toEqual(['ben']);
});

it('two keys of one person are one person', () => {
  expect(stands([given('a1', 'eve'), given('a2', 'eve')], 'eve')).toEqual(['anna']);
});

it('a delegation to oneself gives nothing', () => {
  // By another key of hers, under her own name.
  expect(stands([given('a2', 'anna')], 'anna')).toEqual([]);
});

it('an approval is told what each key delegated and stands then, and no more', () => {
  const of = (time: string) =>
    knownKeys(
      {people, delegations: [given('a1', 'eve'), given('b1', 'eve', {revoked: '2026-01-10T00:00:00Z'})]},
      at(time),
    );
  const delegating = (time: string) => of(time).flatMap(({id, delegations}) => (delegations ? [id] : []));
  expect(delegating('2026-01-05T00:00:00Z')).toEqual(['a1', 'b1']);
  expect(delegating('2026-01-15T00:00:00Z')).toEqual(['a1']);
  expect(delegating('2026-02-01T00:00:00Z')).toEqual([]);
  expect(of('2026-01-15T00:00:00Z')[2]).toEqual({id: 'b1', name: 'ben', roles: ['approver']});
});
