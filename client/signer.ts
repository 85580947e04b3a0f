import {createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto';
import {keyId, rawPublicKey} from '../core/approval/signature.ts';
import {RatchetError} from '../schemas/errors.ts';

/** Who signs: an Ed25519 key, and the id by which the project knows it. */
export interface Signer {
  /** First 16 hex digits of sha256 over the raw public key. */
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** A signer from a private key in PEM, as `ratchet keys create` writes it. Throws InvalidInput for another kind of key. */
export function signerFromPem(pem: string): Signer {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new RatchetError('InvalidInput', 'expected an Ed25519 private key in PEM, got something else', {
      cause,
    });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new RatchetError(
      'InvalidInput',
      `expected an Ed25519 private key in PEM, got one of type ${privateKey.asymmetricKeyType}`,
    );
  return {id: keyId(rawPublicKey(createPublicKey(privateKey))), privateKey};
}
