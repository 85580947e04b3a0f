import {describe, expect, it} from 'vitest';
import {changesOf, namesAdmin, policyDigest, policyOf} from '../../../core/access/policy.ts';
import type {Policy} from '../../../schemas/access.ts';
import type {Person} from '../../../schemas/approval.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import {as, person} from '../../people.ts';
import {projectYaml} from '../../workflows/project-of.ts';

const [anna, ben] = [person('anna'), person('ben')];
const policy = (people: Person[], change: Parameters<typeof projectYaml>[1] = {}): Policy =>
  policyOf(ProjectConfig.parse(projectYaml('post', change)), people);
const operator = (moves?: Person['moves']): Person => ({
  ...as(anna, 'operator'),
  ...(moves === undefined ? {} : {moves}),
});
const tail = `(key …${anna.key.slice(-9)})`;

describe('what changed of a person', () => {
  it.each<[string, Person, Person, string]>([
    [
      'what they may move',
      operator(['canary']),
      operator(['canary', 'stable']),
      `anna, operator (moves canary) → anna, operator (moves canary, stable) ${tail}`,
    ],
    [
      'that nothing limits what they may move',
      operator(['canary']),
      operator(),
      `anna, operator (moves canary) → anna, operator ${tail}`,
    ],
    ['their name', operator(), {...operator(), name: 'maria'}, `anna, operator → maria, operator ${tail}`],
    [
      'their roles',
      operator(),
      as(anna, 'approver', 'operator'),
      `anna, operator → anna, approver + operator ${tail}`,
    ],
  ])('%s', (_, before, after, said) => {
    expect(changesOf(policy([before]), policy([after]))).toEqual([said]);
    expect(policyDigest(policy([before]))).not.toBe(policyDigest(policy([after])));
  });

  it('another key under the same name is another person: one comes, one goes', () => {
    expect(changesOf(policy([operator()]), policy([{...operator(), key: ben.key}]))).toEqual([
      `anna: added, operator, key …${ben.key.slice(-9)}`,
      `anna: removed, was operator, key …${anna.key.slice(-9)}`,
    ]);
  });

  it('the order in the file, and what is said twice, is no change', () => {
    const [one, other] = [
      policy([{...as(ben, 'operator', 'approver'), moves: ['stable', 'canary']}, as(anna, 'admin')]),
      policy([
        as(anna, 'admin'),
        {...as(ben, 'approver', 'operator', 'approver'), moves: ['canary', 'stable']},
      ]),
    ];
    expect(changesOf(one, other)).toEqual([]);
    expect(policyDigest(one)).toBe(policyDigest(other));
  });
});

it('what changed of the rules: quorum, escalation, rollout, and who starts', () => {
  const people = [as(anna, 'approver')];
  const approval = {
    required: 2,
    starter_may_approve: true,
    quorum: [{of: ['anna'], required: 1}],
    escalation: [{after: '2 d', to: ['anna']}],
  };
  expect(changesOf(policy(people), policy(people, {approval}))).toEqual([
    'escalation: [] → [{"afterMs":172800000,"to":["anna"]}]',
    'quorum: [] → [{"of":["anna"],"required":1}]',
    'required: 1 → 2',
    'starterMayApprove: false → true',
  ]);
  expect(changesOf(policy(people), policy(people, {rollout: {steps: [{setWeight: 100}]}}))).toEqual([
    'rollout: [{"setShadow":100}] → [{"setWeight":100}]',
  ]);
  const rollout = {steps: [{setShadow: 100}], first: [{setWeight: 100}]};
  expect(changesOf(policy(people), policy(people, {rollout}))).toEqual([
    'rollout.first: null → [{"setWeight":100}]',
  ]);
  expect(policy(people)).not.toHaveProperty('firstRollout');
});

it('names an admin where one of several is', () => {
  expect(namesAdmin(null)).toBe(false);
  expect(namesAdmin(policy([as(anna, 'approver')]))).toBe(false);
  expect(namesAdmin(policy([as(anna, 'approver'), as(ben, 'operator', 'admin')]))).toBe(true);
});
