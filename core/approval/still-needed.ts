import {standsFor} from './delegations.ts';
import {escalatedAt, heldBackUntil, isStarter} from './check-decision.ts';
import type {ApprovalState} from './check-decision.ts';
import {addsNothing, inGroup, standings} from './quorum.ts';
import type {Standing, Vote} from './quorum.ts';

/**
 * Whose word an approval waits for, by the rules that judge.ts decides by. Imports nothing else at run time: the approval
 * workflow runs it.
 */

/** A group that has not enough approvals yet. */
export interface Needed extends Standing {
  /** How many more. 1 where a group has enough, but nobody approved except the one who started the run. */
  readonly missing: number;
  /** Who may give them now, by name. */
  readonly from: readonly string[];
}

/** Somebody who has not decided and may now, with the keys they may do it by. */
interface Candidate extends Vote {
  readonly keys: readonly string[];
}

/**
 * The groups that have not enough, that of all approvers first; none once it is decided.
 * @example stillNeeded(state) // [{of: ['anna', 'ben'], have: 1, need: 2, missing: 1, from: ['ben']}]
 */
export function stillNeeded(state: ApprovalState): Needed[] {
  if (state.outcome !== null) return [];
  const votes = state.counted.filter(({action}) => action === 'approve');
  const {names: escalated} = escalatedAt(state.now, state);
  const open = candidates(state);
  const byOthers = state.starterMayApprove || votes.some((vote) => !isStarter(vote, state));
  return standings(votes, state, escalated).flatMap(({of, have, need}) => {
    // One approval at least has to come from somebody else: the last, if none did before.
    const byAnother = of === null && !byOthers && have >= need - 1;
    const missing = Math.max(need - have, byAnother ? 1 : 0);
    if (missing === 0) return [];
    const given = votes.filter((vote) => inGroup(of, vote, escalated));
    const could = open.filter(
      (vote) => inGroup(of, vote, escalated) && !(byAnother && startedIt(vote, state)),
    );
    const from = could.filter((vote) => have >= need || !addsNothing(vote, given, could)).map(({by}) => by);
    return [{of, have, need, missing, from: from.sort()}];
  });
}

/**
 * What is missing, in words; '' if nothing is.
 * @example inWords(stillNeeded(state)) // '1 more approval, and 1 more of anna, ben, eve'
 */
export function inWords(needed: readonly Needed[]): string {
  return needed
    .map(({of, missing}) => {
      const more = `${missing} more`;
      return of === null ? `${more} approval${missing === 1 ? '' : 's'}` : `${more} of ${of.join(', ')}`;
    })
    .join(', and ');
}

function candidates(state: ApprovalState): Candidate[] {
  const {keys, counted, now} = state;
  const delegations = keys.flatMap((one) => one.delegations ?? []);
  return [...new Set(keys.map(({name}) => name))].flatMap((by) => {
    const theirs = keys.filter(({name}) => name === by);
    const own = theirs.some(({roles}) => roles.includes('approver'));
    const inPlaceOf = standsFor(by, now, {delegations, people: keys});
    const decided = counted.some((one) => one.by === by || theirs.some(({id}) => id === one.key));
    if (decided || (!own && inPlaceOf.length === 0)) return [];
    if (inPlaceOf.length === 0 && heldBackUntil(by, state) !== null) return [];
    return [{by, own, standsFor: inPlaceOf, keys: theirs.map(({id}) => id)}];
  });
}

function startedIt({keys, ...vote}: Candidate, state: ApprovalState): boolean {
  return keys.every((key) => isStarter({key, ...vote}, state));
}
