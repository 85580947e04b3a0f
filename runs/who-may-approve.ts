import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {LineCounter, isNode, parseDocument} from 'yaml';
import type {Approver} from '../schemas/approval.ts';
import {RatchetError} from '../schemas/errors.ts';
import {resolveApprovers} from '../stores/access/keys.ts';
import type {ResolvedApprover} from '../stores/access/keys.ts';
import type {Actor} from '../stores/access/actor.ts';
import {shown} from '../stack/project-file.ts';
import type {Project} from '../stack/project-file.ts';

const AT = 'approval.approvers';

/**
 * The people who may approve a run of this project, read as the approval will read them: hours of work come before it.
 * Throws InvalidInput, `FILE:LINE: …`, for a key that cannot be read, and for fewer names than must approve.
 */
export async function whoMayApprove(project: Project): Promise<ResolvedApprover[]> {
  const {required, approvers} = project.config.approval;
  for (const [i, approver] of approvers.entries())
    await resolveApprovers([approver], project.folder).catch((error: unknown) => {
      throw unusable(project, ['approval', 'approvers', i], error, `; ${remedy(project, approver)}`);
    });
  const resolved = await resolveApprovers(approvers, project.folder).catch((error: unknown) => {
    throw unusable(project, ['approval', 'approvers'], error);
  });
  const may = resolved.filter(({roles}) => roles.includes('approver'));
  const names = [...new Set(may.map(({name}) => name))];
  if (names.length >= required) return may;
  const expected = `at least ${required} name${required === 1 ? '' : 's'} with role approver`;
  throw new RatchetError(
    'InvalidInput',
    `${place(project, ['approval', 'approvers'])} ${AT}: expected ${expected}, got ${names.join(', ') || 'none'}: ` +
      '`ratchet keys create NAME` makes a key and prints the line to add',
  );
}

/** Why nobody could approve a run of this starter, in one line; undefined where somebody can. */
export function nobodyElse(
  {config, file}: Project,
  may: readonly ResolvedApprover[],
  starter: Actor,
): string | undefined {
  if (config.approval.starter_may_approve) return undefined;
  if (may.some(({name, id}) => name !== starter.name && id !== starter.key)) return undefined;
  return (
    `${starter.name} starts this run and is its only approver, who may not approve it: add another approver to ` +
    `${shown(file)}, or \`starter_may_approve: true\` under \`approval\``
  );
}

function unusable(project: Project, at: readonly (string | number)[], cause: unknown, todo = ''): unknown {
  if (!(cause instanceof RatchetError)) return cause;
  return new RatchetError(cause.type, `${place(project, at)} ${cause.message}${todo}`, {cause});
}

function remedy({folder}: Project, {name, key}: Approver): string {
  if (!key.startsWith('file:')) return `\`ratchet keys create ${name}\` makes one and prints it`;
  const file = shown(path.resolve(folder, key.slice('file:'.length)));
  const inside = path.dirname(file);
  const made = existsSync(inside) ? '' : `mkdir -p ${inside} && `;
  return (
    `\`ratchet keys create ${name}\` makes a key, and ` +
    `\`${made}ratchet keys show ${name} --pem > ${file}\` that file of it`
  );
}

/** `FILE:LINE:` of what stands at a path of the YAML, else of the nearest above it. */
function place({file}: Project, at: readonly (string | number)[]): string {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), {lineCounter: lines});
  for (let depth = at.length; depth > 0; depth -= 1) {
    const node = document.getIn(at.slice(0, depth), true);
    if (isNode(node) && node.range) return `${shown(file)}:${lines.linePos(node.range[0]).line}:`;
  }
  return `${shown(file)}:1:`;
}
