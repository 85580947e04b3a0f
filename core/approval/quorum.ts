import type {ApprovalRules, QuorumGroup} from '../../schemas/approval.ts';

/**
 * How many people an approval has, and of which groups. Imports nothing at run time: the approval workflow runs it.
 */

/** Somebody who approved: in their own right, or only in the place of others. */
export interface Vote {
  readonly by: string;
  /** They are an approver themselves; missing in histories from before there were delegations: they are. */
  readonly own?: boolean | undefined;
  /** Approvers who had delegated to them when they decided. */
  readonly standsFor?: readonly string[] | undefined;
}

export type Quorum = Pick<ApprovalRules, 'required'> & {
  readonly quorum?: readonly QuorumGroup[] | undefined;
};

/** What a group has and needs; `of` null: all approvers together. */
export interface Standing {
  readonly of: readonly string[] | null;
  readonly have: number;
  readonly need: number;
}

/**
 * Where each group stands, that of all approvers first. Whoever was escalated to counts in every group.
 * @example standings([{by: 'anna'}], {required: 1, quorum: [{of: ['anna', 'ben'], required: 2}]}, [])
 * // [{of: null, have: 1, need: 1}, {of: ['anna', 'ben'], have: 1, need: 2}]
 */
export function standings(votes: readonly Vote[], rules: Quorum, escalated: readonly string[]): Standing[] {
  return [{of: null, required: rules.required}, ...(rules.quorum ?? [])].map(({of, required}) => ({
    of,
    have: people(votes.filter((vote) => inGroup(of, vote, escalated))),
    need: required,
  }));
}

/** Whether a vote counts in a group; `of` null: that of all approvers. */
export function inGroup(of: readonly string[] | null, vote: Vote, escalated: readonly string[]): boolean {
  return (
    of === null ||
    (vote.own !== false && of.includes(vote.by)) ||
    (vote.standsFor ?? []).some((name) => of.includes(name)) ||
    escalated.includes(vote.by)
  );
}

/** Whether every group has enough. */
export function reached(all: readonly Standing[]): boolean {
  return all.every(({have, need}) => have >= need);
}

/**
 * The most votes of which no two stand for the same person: delegator and delegate count once, and so do two delegates of
 * one delegator. A greatest independent set; exact, since hardly ever more than a few votes are linked.
 */
export function people(votes: readonly Vote[]): number {
  const [first, ...rest] = [...votes].sort((a, b) => links(a, votes) - links(b, votes));
  if (first === undefined) return 0;
  const apart = rest.filter((other) => !linked(first, other));
  const withFirst = 1 + people(apart);
  // One with at most one link is in some greatest set.
  return rest.length - apart.length <= 1 ? withFirst : Math.max(withFirst, people(rest));
}

/**
 * Whether a vote raises that number in no case, whoever of those who still could decides too: one that was given is linked
 * to nobody whom this one is not linked to as well, so it counts in its place. So it is with a delegate whose delegator
 * decided.
 */
export function addsNothing(vote: Vote, given: readonly Vote[], could: readonly Vote[]): boolean {
  const all = [...given, ...could];
  return given.some(
    (one) => linked(one, vote) && all.every((other) => !linked(one, other) || linked(vote, other)),
  );
}

function links(vote: Vote, votes: readonly Vote[]): number {
  return votes.filter((other) => other !== vote && linked(vote, other)).length;
}

function linked(a: Vote, b: Vote): boolean {
  const all = new Set([a.by, ...(a.standsFor ?? [])]);
  return [b.by, ...(b.standsFor ?? [])].some((name) => all.has(name));
}
