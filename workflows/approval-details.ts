import type {ApprovalState} from '../core/approval/judge.ts';
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
  const approved = state.counted.filter(({action}) => action === 'approve').length;
  return [
    `**${heading(state.outcome)}** Release \`${short(release)}\` of project \`${input.project}\`, verdict **${input.verdict}**.`,
    `- dataset \`${short(dataset)}\`, report \`${short(report)}\`, run \`${input.runId}\``,
    `- started by ${input.startedBy}${input.starterMayApprove ? ' (who may approve it)' : ''}`,
    `- ${approved} of ${input.required} approvals; deadline ${new Date(state.deadline).toISOString()}`,
    `- may decide: ${approvers.map(({name, id}) => `${name} (\`${id}\`)`).join(', ') || 'nobody yet: add a key to approval.approvers in ratchet.yaml'}`,
    ...state.counted.map(({by, action, at}) => `- ${by}: **${action}** at ${at}`),
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
