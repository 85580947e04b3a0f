import {stands} from '../core/approval/delegations.ts';
import type {ApprovalState} from '../core/approval/check-decision.ts';
import {stillNeeded} from '../core/approval/still-needed.ts';
import type {ApprovalInput} from '../schemas/approval.ts';
import type {ApprovalStanding} from '../schemas/messages.ts';

/** Where an approval stands: what it asks for, who decided what, and whom it waits for. */
export function approvalStanding(input: ApprovalInput, state: ApprovalState): ApprovalStanding {
  const {now, keys, counted, deadline, since = now, escalation = []} = state;
  return {
    release: input.digests.release,
    run: input.runId,
    startedBy: input.startedBy,
    since: iso(since),
    until: iso(deadline),
    outcome: state.outcome,
    decisions: counted.map(({action, by, key, at, comment, standsFor = []}) => ({
      action,
      by,
      key,
      at,
      comment,
      standsFor,
    })),
    needed: stillNeeded(state),
    escalation: escalation.map(({afterMs, to}) => ({
      from: iso(since + afterMs),
      to,
      due: now >= since + afterMs,
    })),
    delegations: keys.flatMap(({name, roles, delegations = []}) =>
      roles.includes('approver')
        ? delegations.filter((one) => stands(one, now)).map(({to, until}) => ({of: name, to, until}))
        : [],
    ),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
