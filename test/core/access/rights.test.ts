import {describe, expect, it} from 'vitest';
import {checkAct, unsignedRefusal} from '../../../core/access/check-act.ts';
import {refusalOf, roleFor} from '../../../core/access/rights.ts';
import type {Named} from '../../../core/access/rights.ts';

const vera: Named = {name: 'vera', roles: ['viewer']};
const otto: Named = {name: 'otto', roles: ['operator']};
const eve: Named = {name: 'eve', roles: ['operator'], moves: ['canary']};
const anna: Named = {name: 'anna', roles: ['approver']};
const adam: Named = {name: 'adam', roles: ['admin']};
const people = [vera, otto, eve, anna, adam];
const may = (
  person: Named,
  act: Parameters<typeof refusalOf>[0]['act'],
  target: 'canary' | 'stable' | null = null,
) => refusalOf({act, target, person, people}) === null;

describe('who may do what', () => {
  it.each([
    ['run', 'otto eve'],
    ['retrain', 'otto eve'],
    ['cancel', 'otto eve'],
    ['reset', 'otto eve'],
    ['approve', 'anna'],
    ['reject', 'anna'],
    ['delegate', 'anna'],
    ['revoke', 'anna adam'],
    ['policy', 'adam'],
    ['retire', 'otto eve adam'],
    ['api_key', 'otto eve adam'],
    ['gc', 'otto eve adam'],
    ['schedule', 'otto eve'],
    ['set_current', 'otto eve'],
    ['promote', 'otto eve'],
    ['abort', 'otto eve'],
    ['rollback', 'otto eve'],
  ] as const)('%s: %s', (act, names) => {
    expect(
      people
        .filter((person) => may(person, act))
        .map(({name}) => name)
        .join(' '),
    ).toBe(names);
  });

  it('one who may move the canary may not move stable', () => {
    expect(may(eve, 'promote', 'canary')).toBe(true);
    expect(may(eve, 'promote', 'stable')).toBe(false);
    expect(refusalOf({act: 'rollback', target: 'stable', person: eve, people})).toBe(
      'eve may move canary, expected stable to roll back',
    );
    expect(may(otto, 'rollback', 'stable')).toBe(true);
  });

  it('where nobody operates approvers do, and admins where nobody approves either', () => {
    expect(roleFor('promote', people)).toBe('operator');
    expect(roleFor('promote', [vera, anna, adam])).toBe('approver');
    expect(roleFor('promote', [adam])).toBe('admin');
    expect(roleFor('policy', [anna])).toBe('admin');
  });

  it('from the first person on that is named a signature is needed', () => {
    expect(unsignedRefusal({act: 'promote', target: null}, [])).toBeNull();
    expect(unsignedRefusal({act: 'promote', target: null}, [vera])).toMatch(
      /^to promote takes a signature, .*; who may: nobody$/,
    );
    expect(unsignedRefusal({act: 'api_key', target: null}, people)).toMatch(
      /^to change a key of the gateway takes a signature, .*; who may: otto, eve, adam$/,
    );
  });
});

describe('what was signed', () => {
  const payload = {
    ...({
      v: 1,
      project: 'mail',
      act: 'rollback',
      key: 'k',
      comment: '',
      expiry: '2026-01-01T13:00:00Z',
    } as const),
    about: {from: 'a', to: 'b', move: '3'},
  };
  const expected = {project: 'mail', act: 'rollback', about: payload.about, target: 'stable'} as const;
  const now = Date.parse('2026-01-01T12:00:00Z');
  const judged = (change: object, who: Named | null = otto, time = now) =>
    checkAct({...payload, ...change}, expected, {person: who, people, now: time});

  it('is this act, of this project, about exactly this, in time, by somebody who may', () => {
    expect(judged({})).toBeNull();
    expect(judged({project: 'other'})).toBe('signed for project "other", expected "mail"');
    expect(judged({act: 'cancel'})).toBe('signed to cancel, expected rollback');
    expect(judged({about: {from: 'a', to: 'b', move: '4'}})).toBe(
      'signed for move "4", this is "3": sign it again',
    );
    expect(judged({about: {from: 'a', to: 'b'}})).toBe('signed for move "none", this is "3": sign it again');
    expect(judged({about: {...payload.about, more: 'x'}})).toBe(
      'signed for more "x", this is "none": sign it again',
    );
    expect(judged({}, otto, Date.parse('2026-01-01T13:00:01Z'))).toMatch(/^the signature expired/);
    // An hour, and what two clocks may differ by.
    expect(judged({expiry: '2026-01-01T13:05:00Z'})).toBeNull();
    expect(judged({expiry: '2026-01-01T13:05:01Z'})).toBe(
      'the signature is valid until 2026-01-01T13:05:01Z, expected an hour from now at most: sign it again',
    );
    expect(judged({expiry: 'some day'})).toMatch(/^the signature is valid until some day/);
    expect(judged({}, vera)).toBe('vera has the role viewer, expected operator to roll back; who may: otto');
    expect(judged({}, null)).toMatch(/^key k is not among the project's people now: .*; who may: otto$/);
  });
});
