import {namesAdmin, policyOf, type PolicySettings} from '../../core/access/policy.ts';
import type {Delegation, Policy} from '../../schemas/access.ts';
import type {ApprovalRules, Approver, Person} from '../../schemas/approval.ts';
import {readAccess, type Access} from './access.ts';
import {resolveApprovers, type ResolvedApprover} from './keys.ts';
import type {Stores} from '../stores.ts';

/** Who may do what in a project now, and where that stands. */
export interface Rules {
  /** `policy`: signed by an admin, whatever ratchet.yaml says. `yaml`: as ratchet.yaml says, since no admin is named. */
  readonly by: 'policy' | 'yaml';
  readonly people: readonly ResolvedApprover[];
  readonly approval: ApprovalRules;
  readonly delegations: readonly Delegation[];
  readonly access: Access;
}

/** A ratchet.yaml that was read, and the folder that `file:` keys are relative to. */
export interface ReadYaml {
  readonly config: PolicySettings & {readonly approval: {readonly approvers: readonly Approver[]}};
  readonly folder: string;
}

/**
 * The people and approval rules in force. Where the policy in force names an admin they are that policy's, so that editing
 * ratchet.yaml gives nobody a role; else ratchet.yaml's, read only then.
 */
export async function rulesInForce(
  stores: Pick<Stores, 'audit' | 'objects' | 'rowKey'>,
  project: string,
  yaml: () => Promise<ReadYaml>,
): Promise<Rules> {
  const access = await readAccess(stores, project);
  const {policy, delegations} = access.history.state;
  const signed = namesAdmin(policy) ? policy : null;
  if (signed !== null) {
    const people = await resolveApprovers(signed.people, '/');
    return {by: 'policy', people, approval: signed.approval, delegations, access};
  }
  const {config, folder} = await yaml();
  const people = await resolveApprovers(config.approval.approvers, folder);
  return {by: 'yaml', people, approval: policyOf(config, []).approval, delegations, access};
}

/** The policy that a ratchet.yaml asks for, its people's keys read. */
export async function policyOfYaml({config, folder}: ReadYaml): Promise<Policy> {
  return policyOf(config, (await resolveApprovers(config.approval.approvers, folder)).map(asPerson));
}

export function asPerson({name, publicKey, roles, moves}: ResolvedApprover): Person {
  return {
    name,
    key: publicKeyText(publicKey),
    roles: [...roles],
    ...(moves === undefined ? {} : {moves: [...moves]}),
  };
}

export function publicKeyText(raw: Uint8Array): string {
  return `ed25519:${Buffer.from(raw).toString('base64')}`;
}
