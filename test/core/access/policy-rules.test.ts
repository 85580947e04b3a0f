import {expect, it} from 'vitest';
import {changesOf} from '../../../core/access/policy.ts';
import type {Policy} from '../../../schemas/access.ts';
import type {Person} from '../../../schemas/approval.ts';
import {as, person} from '../../people.ts';

const [anna, ben] = [person('anna'), person('ben')];
const of = (people: readonly Person[], change: Partial<Policy> = {}): Policy => ({
  v: 1,
  project: 'post',
  people: [...people],
  approval: {required: 1, starterMayApprove: false, quorum: [], escalation: []},
  gauntlet: {gates: []},
  rollout: [{setShadow: 100}],
  ...change,
});
const both = [as(anna, 'approver'), as(ben, 'operator')];
const key = ({key: text}: typeof anna): string => text.slice(-9);

it.each<[string, Policy, string[]]>([
  ['nothing', of(both), []],
  ['who is gone', of([as(anna, 'approver')]), [`ben: removed, was operator, key …${key(ben)}`]],
  [
    'whether who started a run may approve it',
    of(both, {approval: {required: 1, starterMayApprove: true, quorum: [], escalation: []}}),
    ['starterMayApprove: false → true'],
  ],
  [
    'the steps of a rollout',
    of(both, {rollout: [{setWeight: 100}]}),
    ['rollout: [{"setShadow":100}] → [{"setWeight":100}]'],
  ],
])('a policy says %s', (_, after, changes) => {
  expect(changesOf(of(both), after)).toEqual(changes);
});
