import {escalatedAt} from '../core/approval/check-decision.ts';
import type {ApprovalState} from '../core/approval/check-decision.ts';
import {people} from '../core/approval/quorum.ts';
import {stillNeeded} from '../core/approval/still-needed.ts';
import type {ApprovalInput} from '../schemas/approval.ts';
import {short} from '../schemas/names.ts';

/** How many of the last refusals are shown. */
const SHOWN = 5;

/** What a person who opens the approval in the Temporal UI reads (Markdown). */
export function approvalDetails(about: {
  readonly input: ApprovalInput;
  readonly state: ApprovalState;
  readonly refusals: readonly string[];
}): string {
  const {input, state, refusals} = about;
  const {release, dataset, report} = input.digests;
  const approvers = state.keys.filter(({roles}) => roles.includes('approver'));
  const approved = people(state.counted.filter(({action}) => action === 'approve'));
  return [
    `**${heading(state.outcome)}** Release \`${short(release)}\` of project \`${input.project}\`, verdict **${input.verdict}**.`,
    `- dataset \`${short(dataset)}\`, report \`${short(report)}\`, run \`${input.runId}\``,
    `- started by ${input.startedBy}${input.starterMayApprove ? ' (who may approve it)' : ''}`,
    `- ${approved} of ${input.required} approvals; deadline ${new Date(state.deadline).toISOString()}`,
    ...(state.outcome === null ? missingLines(state) : []),
    `- may decide: ${approvers.map(({name, id}) => `${name} (\`${id}\`)`).join(', ') || 'nobody yet: add a key to approval.approvers in ratchet.yaml'}`,
    ...state.counted.map(({by, action, at, standsFor = []}) => {
      const inPlace = standsFor.length > 0 ? `, for ${standsFor.join(', ')}` : '';
      return `- ${by}: **${action}** at ${at}${inPlace}`;
    }),
    ...(state.outcome === null
      ? [
          '',
          `    ratchet approve ${short(release)} --comment "why"`,
          `    ratchet reject ${short(release)} --comment "why"`,
        ]
      : []),
    ...(refusals.length === 0
      ? []
      : ['', `Refused (${refusals.length}):`, ...refusals.slice(-SHOWN).map((line) => `- ${line}`)]),
  ].join('\n');
}

function heading(outcome: ApprovalState['outcome']): string {
  if (outcome === null) return 'Waits for approval.';
  return `${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}.`;
}

/** Whose word is missing, group by group, and who may decide later. */
function missingLines(state: ApprovalState): string[] {
  const {names, next} = escalatedAt(state.now, state);
  return [
    ...stillNeeded(state).map(
      ({of, have, need, from}) =>
        `- of ${of?.join(', ') ?? 'all approvers'}: ${have} of ${need}; still to decide: ${from.join(', ') || 'nobody who may now'}`,
    ),
    ...(names.length > 0 ? [`- may decide too by now: ${names.join(', ')}`] : []),
    ...(next === null
      ? []
      : [`- more people may decide from ${new Date(next).toISOString()} on: ${later(state, next)}`]),
  ];
}

function later({escalation = [], since = 0}: ApprovalState, next: number): string {
  return escalation.flatMap(({afterMs, to}) => (since + afterMs === next ? to : [])).join(', ');
}
