import type {Policy} from '../../schemas/access.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Person} from '../../schemas/approval.ts';
import {policyChanges} from '../evaluation/policy-changes.ts';
import {canonicalJson} from '../identity/canonical-json.ts';
import {digestOf} from '../identity/digest.ts';

/** What a policy takes of a project's settings. */
export type PolicySettings = Pick<ProjectConfig, 'project' | 'gauntlet' | 'rollout'> & {
  readonly approval: Pick<
    ProjectConfig['approval'],
    'required' | 'starter_may_approve' | 'quorum' | 'escalation'
  >;
};

/**
 * The policy that a ratchet.yaml asks for; `people` with their keys in full. People in the order of their names and keys,
 * roles and moves sorted, so that the order in the file makes no other policy.
 */
export function policyOf(config: PolicySettings, people: readonly Person[]): Policy {
  const {required, starter_may_approve: starterMayApprove, quorum, escalation} = config.approval;
  // Through JSON: what is undefined is not there, as in what is read back.
  return JSON.parse(
    canonicalJson({
      v: 1,
      project: config.project,
      people: people
        .map(({name, key, roles, moves}) => ({
          name,
          key,
          roles: [...new Set(roles)].sort(),
          ...(moves === undefined ? {} : {moves: [...new Set(moves)].sort()}),
        }))
        .sort((a, b) => order(a.name, b.name) || order(a.key, b.key)),
      approval: {
        required,
        starterMayApprove,
        quorum,
        escalation: escalation.map(({after, to}) => ({afterMs: after, to})),
      },
      gauntlet: config.gauntlet,
      rollout: config.rollout.steps,
      ...(config.rollout.first === undefined ? {} : {firstRollout: config.rollout.first}),
    }),
  ) as Policy;
}

/** Names a policy. */
export function policyDigest(policy: Policy): string {
  return digestOf(policy);
}

/** From the first policy on that names an admin, the next ones need an admin's signature. */
export function namesAdmin(policy: Pick<Policy, 'people'> | null): boolean {
  return policy !== null && policy.people.some(({roles}) => roles.includes('admin'));
}

/** Why a run under another policy does not start, in one line. */
export function unsignedPolicy(project: string, changes: readonly string[]): string {
  return `the policy of ${project} changed: ${changes.join('; ')}; an admin signs it: ratchet policy sign`;
}

/**
 * What changed from one policy to the next, a line each: gates first, then people, quorum and rollout.
 * @example changesOf(before, after) // ['triage_balanced_accuracy: margin 0.02 → 0.05', 'ben: added, approver, key 1f0c2a…']
 */
export function changesOf(before: Policy | null, after: Policy): string[] {
  const gauntlet = (policy: Policy) => policy.gauntlet as ProjectConfig['gauntlet'];
  return [
    ...policyChanges(before && gauntlet(before), gauntlet(after)),
    ...peopleChanges(before?.people ?? [], after.people),
    ...ruleChanges(before, after),
  ];
}

function peopleChanges(before: readonly Person[], after: readonly Person[]): string[] {
  const was = new Map(before.map((person) => [person.key, person]));
  const is = new Map(after.map((person) => [person.key, person]));
  return [
    ...after.flatMap((person) => {
      const former = was.get(person.key);
      if (former === undefined) return [`${person.name}: added, ${rights(person)}, key ${tail(person.key)}`];
      return former.name === person.name && rights(former) === rights(person)
        ? []
        : [`${former.name}, ${rights(former)} → ${person.name}, ${rights(person)} (key ${tail(person.key)})`];
    }),
    ...before.flatMap((person) =>
      is.has(person.key) ? [] : [`${person.name}: removed, was ${rights(person)}, key ${tail(person.key)}`],
    ),
  ];
}

function ruleChanges(before: Policy | null, after: Policy): string[] {
  if (before === null) return [];
  const parts = (policy: Policy): [string, unknown][] => [
    ...Object.entries(policy.approval),
    ['rollout', policy.rollout],
    ['rollout.first', policy.firstRollout ?? null],
  ];
  const was = new Map(parts(before));
  return parts(after).flatMap(([name, value]) => {
    const [from, to] = [canonicalJson(was.get(name) ?? null), canonicalJson(value)];
    return from === to ? [] : [`${name}: ${from} → ${to}`];
  });
}

function rights({roles, moves}: Person): string {
  return roles.join(' + ') + (moves === undefined ? '' : ` (moves ${moves.join(', ')})`);
}

const tail = (key: string): string => `…${key.slice(-9)}`;
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
