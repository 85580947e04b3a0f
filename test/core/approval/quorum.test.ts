import {describe, expect, it} from 'vitest';
import {addsNothing, people, reached, standings} from '../../../core/approval/quorum.ts';
import type {Vote} from '../../../core/approval/quorum.ts';

const own = (by: string, ...standsFor: string[]): Vote => ({by, own: true, standsFor});
const delegate = (by: string, ...standsFor: string[]): Vote => ({by, own: false, standsFor});

describe('how many people votes stand for', () => {
  it.each<[string, Vote[], number]>([
    ['nobody', [], 0],
    ['two approvers', [own('anna'), own('ben')], 2],
    ['one without a word of delegations, as in old histories', [{by: 'anna'}], 1],
    ['a delegate alone', [delegate('ben', 'anna')], 1],
    ['delegator and delegate', [own('anna'), delegate('ben', 'anna')], 1],
    ['… though the delegate is an approver too', [own('anna'), own('ben', 'anna')], 1],
    ['two delegates of one, one after the other', [delegate('ben', 'anna'), delegate('eve', 'anna')], 1],
    ['one delegate of two', [delegate('ben', 'anna', 'carl')], 1],
    ['two delegators whose delegate decided too', [own('anna'), own('carl'), own('ben', 'anna', 'carl')], 2],
    ['a row of delegations', [own('anna'), own('ben', 'anna'), own('eve', 'ben')], 2],
    ['a ring', [own('anna', 'eve'), own('ben', 'anna'), own('eve', 'ben')], 1],
    ['a ring and one beside it', [own('a', 'c'), own('b', 'a'), own('c', 'b'), own('d')], 2],
  ])('%s', (_, votes, expected) => {
    expect(people(votes)).toBe(expected);
    expect(people([...votes].reverse())).toBe(expected);
  });

  it('never fewer for one vote more, and always the greatest number: against every choice of votes', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    let random = 7;
    const next = (n: number) => (random = (random * 48_271) % 2_147_483_647) % n;
    for (let round = 0; round < 300; round++) {
      const votes = names
        .slice(0, 1 + next(6))
        .map((by) => own(by, ...names.filter((one) => one !== by && next(4) === 0)));
      const apart = (chosen: Vote[]) => {
        const all = chosen.flatMap((vote) => [vote.by, ...vote.standsFor!]);
        return new Set(all).size === all.length;
      };
      const subsets = Array.from({length: 2 ** votes.length}, (_, bits) =>
        votes.filter((_v, i) => bits & (2 ** i)),
      );
      expect(people(votes)).toBe(Math.max(...subsets.filter(apart).map(({length}) => length)));
      expect(people(votes)).toBeGreaterThanOrEqual(people(votes.slice(1)));
    }
  });
});

describe('groups', () => {
  const rules = {
    required: 2,
    quorum: [
      {of: ['anna', 'ben', 'eve'], required: 2},
      {of: ['dora'], required: 1},
    ],
  };
  const counts = (votes: Vote[], escalated: string[] = []) =>
    standings(votes, rules, escalated).map(({have, need}) => `${have}/${need}`);

  it('a mere delegate counts for the groups of their delegators, for none by their own name', () => {
    // ben is named in the group and has lost the role: his word is anna's, who is in none of them but all.
    const strict = {required: 1, quorum: [{of: ['ben'], required: 1}]};
    const standing = (vote: Vote) => standings([vote], strict, []).map(({have}) => have);
    expect(standing(delegate('ben', 'anna'))).toEqual([1, 0]);
    expect(standing(delegate('anna', 'ben'))).toEqual([1, 1]);
    expect(standing(own('ben', 'anna'))).toEqual([1, 1]);
    expect(standing({by: 'ben'})).toEqual([1, 1]);
  });

  it('each has to reach its number', () => {
    expect(standings([own('anna')], rules, [])).toEqual([
      {of: null, have: 1, need: 2},
      {of: ['anna', 'ben', 'eve'], have: 1, need: 2},
      {of: ['dora'], have: 0, need: 1},
    ]);
    expect(counts([own('anna'), own('ben')])).toEqual(['2/2', '2/2', '0/1']);
    expect(reached(standings([own('anna'), own('dora')], rules, []))).toBe(false);
    expect(reached(standings([own('anna'), own('eve'), own('dora')], rules, []))).toBe(true);
  });

  it('a delegate counts where the delegator does', () => {
    expect(counts([delegate('zoe', 'dora'), own('anna'), own('ben')])).toEqual(['3/2', '2/2', '1/1']);
    expect(counts([delegate('zoe', 'carl'), own('anna'), own('ben')])).toEqual(['3/2', '2/2', '0/1']);
  });

  it('who was escalated to counts in each', () => {
    expect(counts([own('carl'), own('anna')])).toEqual(['2/2', '1/2', '0/1']);
    expect(counts([own('carl'), own('anna')], ['carl'])).toEqual(['2/2', '2/2', '1/1']);
  });
});

it('a vote that adds nothing raises the number by no choice of those who could decide too', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  let random = 11;
  const next = (n: number) => (random = (random * 48_271) % 2_147_483_647) % n;
  let found = 0;
  for (let round = 0; round < 300; round++) {
    const votes = names.map((by) => own(by, ...names.filter((one) => one !== by && next(4) === 0)));
    const [given, could] = [votes.slice(0, 2), votes.slice(2)];
    for (const vote of could.filter((one) => addsNothing(one, given, could))) {
      found += 1;
      for (let bits = 0; bits < 2 ** could.length; bits++) {
        const others = [...given, ...could.filter((one, i) => one !== vote && bits & (2 ** i))];
        expect(people([...others, vote])).toBe(people(others));
      }
    }
  }
  expect(found).toBeGreaterThan(50);
});
