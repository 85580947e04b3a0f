import {changesOf, namesAdmin, policyDigest, unsignedPolicy} from '../../core/access/policy.ts';
import type {Policy} from '../../schemas/access.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {readAccess, type Access} from './access.ts';
import {policyOfYaml, type ReadYaml} from './rules.ts';
import type {Stores} from '../stores.ts';

/** The policy in force beside the one that ratchet.yaml asks for. */
export interface PolicyOfProject {
  readonly access: Access;
  readonly asked: Policy;
  readonly digest: string;
  readonly changes: readonly string[];
  /** It needs an admin's signature before it comes into force. */
  readonly unsigned: boolean;
}

export async function policyOfProject({config, folder}: ReadYaml, stores: Stores): Promise<PolicyOfProject> {
  const access = await readAccess(stores, config.project);
  const asked = await policyOfYaml({config, folder});
  const digest = policyDigest(asked);
  const {policy} = access.history.state;
  const same = access.history.digest === digest;
  const changes = same ? [] : changesOf(policy, asked);
  return {access, asked, digest, changes, unsigned: !same && namesAdmin(policy)};
}

/** Throws NotPermitted where a run would be refused for its policy: before anything is brought up. */
export async function signedPolicy(project: ReadYaml, stores: Stores): Promise<void> {
  const {unsigned, changes} = await policyOfProject(project, stores);
  if (unsigned) throw new RatchetError('NotPermitted', unsignedPolicy(project.config.project, changes));
}
