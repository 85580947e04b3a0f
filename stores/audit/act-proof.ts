import type {ProvedAct} from '../../schemas/access.ts';

/** Signs an act about exactly this, by whoever acts; undefined where the project names nobody. */
export type Sign = (about: Readonly<Record<string, string>>) => ProvedAct | undefined;

export const unsigned: Sign = () => undefined;

/** What an audit entry says of how far it is proved who acted. */
export function proofOf(
  signed: ProvedAct | undefined,
): {readonly proof: 'unsigned'} | {readonly proof: 'signed'; readonly signed: ProvedAct} {
  return signed === undefined ? {proof: 'unsigned'} : {proof: 'signed', signed};
}
