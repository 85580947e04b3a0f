import {createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto';
import {keyId, rawPublicKey} from '../core/approval/signature.ts';
import {signAct} from '../core/access/signed-act.ts';
import type {ActPayload, ProvedAct, SignedAct} from '../schemas/access.ts';
import type {Approver, Person} from '../schemas/approval.ts';

/** A person with a key that is the same in every test. */
export interface TestPerson {
  readonly name: string;
  readonly id: string;
  readonly privateKey: KeyObject;
  /** `ed25519:` + base64. */
  readonly key: string;
}

export function person(name: string, seed = name): TestPerson {
  // RFC 8410: a PKCS#8 Ed25519 key is this prefix and 32 bytes.
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const bytes = Buffer.alloc(32, seed, 'utf8');
  const privateKey = createPrivateKey({
    key: Buffer.concat([prefix, bytes]),
    format: 'der',
    type: 'pkcs8',
  });
  const raw = rawPublicKey(createPublicKey(privateKey));
  return {name, id: keyId(raw), privateKey, key: `ed25519:${Buffer.from(raw).toString('base64')}`};
}

export const as = ({name, key}: TestPerson, ...roles: Approver['roles']): Person => ({name, key, roles});

/** As the command line signs: for an hour. */
const LATER = new Date(Date.now() + 3_600_000).toISOString();

export function act(
  by: TestPerson,
  what: Pick<ActPayload, 'project' | 'act' | 'about'> & Partial<ActPayload>,
): SignedAct {
  return signAct({v: 1, key: by.id, comment: '', expiry: LATER, ...what}, by.privateKey);
}

export const proved = (
  by: TestPerson,
  what: Pick<ActPayload, 'project' | 'act' | 'about'> & Partial<ActPayload>,
): ProvedAct => ({...act(by, what), publicKey: by.key});

/** The same signature in another text: with other spare bits in its last base64 digit. */
export function twin(signature: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const last = digits.indexOf(signature.at(-3)!);
  return `${signature.slice(0, -3)}${digits[last ^ 1]!}==`;
}
