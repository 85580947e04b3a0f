import type {ActPayload, SignedAct} from '../../schemas/access.ts';
import {signAct} from '../../core/access/signed-act.ts';
import type {SigningKey} from './keys.ts';

/** What a person signs with: their key, and the id by which the project knows it. */
export type Signer = Pick<SigningKey, 'id' | 'privateKey'>;

/** A signature is worth nothing after this: long enough to be sent, short enough not to lie around. */
const SIGNATURE_MS = 60 * 60 * 1000;

/** Signs what a person does, about exactly this. Without a key there is nothing to sign with: undefined. */
export function signedAct(
  key: Signer | undefined,
  act: Pick<ActPayload, 'project' | 'act' | 'about'> & {readonly comment?: string},
): SignedAct | undefined {
  if (key === undefined) return undefined;
  const {project, act: name, about, comment = ''} = act;
  return signAct(
    {
      v: 1,
      project,
      act: name,
      about,
      key: key.id,
      comment,
      expiry: new Date(Date.now() + SIGNATURE_MS).toISOString(),
    },
    key.privateKey,
  );
}
