import type {Delegation} from '../../schemas/access.ts';
import type {KnownKey} from './check-decision.ts';

/** A key with its owner's name and roles. */
interface Owner {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

/**
 * Approvers in whose place this person may decide at a time (ms): who delegated to them by a key that is an approver's now,
 * and did not revoke it. A delegate passes nothing on: only what was signed by the approver's own key counts.
 */
export function standsFor(
  name: string,
  at: number,
  {delegations, people}: {readonly delegations: readonly Delegation[]; readonly people: readonly Owner[]},
): string[] {
  const names = delegations
    .filter((one) => one.to === name && stands(one, at))
    .flatMap(({by}) => people.filter(({id, roles}) => id === by && roles.includes('approver')))
    .map((owner) => owner.name)
    .filter((owner) => owner !== name);
  return [...new Set(names)].sort();
}

/** Whether a delegation is in force at a time: from its entry in the audit chain to its end, unless it was revoked. */
export function stands({from, until, revoked}: Delegation, at: number): boolean {
  return at >= Date.parse(from) && at < Date.parse(until) && (revoked === null || at < Date.parse(revoked));
}

/** Keys as an approval is told of them: whose, with which roles, and what was delegated by each and stands. */
export function knownKeys(
  {people, delegations}: {readonly delegations: readonly Delegation[]; readonly people: readonly Owner[]},
  at: number,
): KnownKey[] {
  return people.map(({id, name, roles}) => {
    const given = delegations.filter((one) => one.by === id && stands(one, at));
    return {id, name, roles, ...(given.length > 0 ? {delegations: given} : {})};
  });
}
