import {keyId} from '../../core/approval/signature.ts';
import type {Policy} from '../../schemas/access.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {readPublicKey, type ResolvedApprover} from '../access/keys.ts';

/** A person of a policy, as the chain tells them by their key. */
export interface Known extends Pick<ResolvedApprover, 'id' | 'name' | 'roles'> {
  /** The key as the policy writes it. */
  readonly text: string;
}
const known = new WeakMap<Policy, readonly Known[]>();

export function peopleOf(policy: Policy): readonly Known[] {
  let people = known.get(policy);
  if (people === undefined) {
    people = policy.people.map(({name, key, roles}) => ({name, roles, text: key, id: idOf(key)}));
    known.set(policy, people);
  }
  return people;
}

/** '' for a text that is no key: nobody holds it. */
function idOf(key: string): string {
  try {
    return keyId(readPublicKey(key, 'a policy’s key'));
  } catch (error) {
    if (!(error instanceof RatchetError)) throw error;
    return '';
  }
}
