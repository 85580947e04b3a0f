import {checkAct, unsignedRefusal, type Expected} from '../../core/access/check-act.ts';
import {actDigest, actHolds} from '../../core/access/signed-act.ts';
import type {ProvedAct, SignedAct} from '../../schemas/access.ts';
import {publicKeyText, type Rules} from './rules.ts';

/** Whether somebody may do what they ask for, and how far that is proved. `digest` names what was signed. */
export type Proof =
  | {readonly status: 'proved'; readonly by: string; readonly digest: string; readonly signed: ProvedAct}
  /** The project names nobody: the name is what the caller said. */
  | {readonly status: 'unsigned'; readonly by: string}
  | {readonly status: 'refused'; readonly reason: string};

/** Judges an act by the rules in force: signature, key, what it is about, role. `by` is who the caller says they are. */
export function proveAct(
  {people}: Pick<Rules, 'people'>,
  expected: Expected,
  {by, signed, now}: {readonly by: string; readonly signed?: SignedAct | undefined; readonly now: number},
): Proof {
  if (signed === undefined) {
    const reason = unsignedRefusal(expected, people);
    return reason === null ? {status: 'unsigned', by} : {status: 'refused', reason};
  }
  const person = people.find(({id}) => id === signed.payload.key) ?? null;
  // A key that nobody knows proves nothing; where nobody has to prove anything, that is no reason to refuse.
  if (person === null && people.length === 0) return {status: 'unsigned', by};
  const reason = checkAct(signed.payload, expected, {person, people, now});
  if (reason !== null) return {status: 'refused', reason};
  if (!actHolds(signed, person!.publicKey))
    return {
      status: 'refused',
      reason: `the signature is not by key ${signed.payload.key} (${person!.name}) over this payload: sign it with that key`,
    };
  return {
    status: 'proved',
    by: person!.name,
    digest: actDigest(signed.payload),
    signed: {...signed, publicKey: publicKeyText(person!.publicKey)},
  };
}
