import {actDigest, actHolds} from '../../core/access/signed-act.ts';
import {namesAdmin, policyDigest} from '../../core/access/policy.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {Delegation, Policy, ProvedAct} from '../../schemas/access.ts';
import type {Person} from '../../schemas/approval.ts';
import {Digest} from '../../schemas/artifact.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {z} from 'zod';
import {keyId} from '../../core/approval/signature.ts';
import {readPublicKey} from './keys.ts';

/** What the audit chain says of people and policies up to an entry. */
export const AccessState = z.strictObject({
  /** Every policy that came into force, oldest first. */
  policies: z.array(
    z.strictObject({
      /** Its entry in the chain. */
      entry: z.int().nonnegative(),
      at: z.string(),
      digest: Digest,
      /** Digests of its gates and of its rollout. */
      gauntlet: Digest,
      rollout: Digest,
      /** Name of the admin who signed it; null where nobody had to. */
      signedBy: z.string().nullable(),
      /** Digest of what they signed: it brings one policy into force once. */
      act: Digest.nullable(),
    }),
  ),
  /** The policy in force. */
  policy: Policy.nullable(),
  delegations: z.array(Delegation),
});
export type AccessState = z.infer<typeof AccessState>;

/** What an entry of a new policy holds; entries from before there were whole policies have no `document`. */
export const PolicyData = z.looseObject({
  document: z.record(z.string(), z.unknown()),
  policy: Digest,
  former: Digest.nullable(),
  gates: Digest,
  signed: ProvedAct.optional(),
});
const ActData = z.looseObject({signed: ProvedAct});

/**
 * Follows policies and delegations through the audit chain, entry by entry. A policy comes into force where the one before
 * it names no admin, or by an admin's signature over both digests; everything else is said and changes nothing.
 */
export class AccessHistory {
  #state: AccessState;

  constructor(state: AccessState = {policies: [], policy: null, delegations: []}) {
    this.#state = state;
  }

  get state(): AccessState {
    return this.#state;
  }

  /** Digest of the policy in force, null before the first. */
  get digest(): string | null {
    return this.#state.policies.at(-1)?.digest ?? null;
  }

  /** Takes the next entry. What is wrong with it, or null. */
  take(entry: AuditEntry): string | null {
    switch (entry.kind) {
      case 'policy':
        return 'document' in entry.data ? this.#takePolicy(entry) : null;
      case 'delegation':
        return this.#takeDelegation(entry);
      case 'revocation':
        return this.#takeRevocation(entry);
      default:
        return null;
    }
  }

  #takePolicy(entry: AuditEntry): string | null {
    const {data} = PolicyData.safeParse(entry.data);
    const parsed = data && Policy.safeParse(data.document);
    if (!data || !parsed?.success) return 'it holds no policy';
    // Over what stands there, not over what this version reads of it.
    const digest = policyDigest(data.document as Policy);
    if (digest !== data.policy) return 'its policy does not hash to its digest';
    if (parsed.data.project !== entry.project) return `it is a policy of the project ${parsed.data.project}`;
    if (data.former !== this.digest)
      return `it follows the policy ${data.former?.slice(0, 12) ?? 'none'}, in force was ${this.digest?.slice(0, 12) ?? 'none'}`;
    const about = {policy: digest, former: data.former ?? ''};
    const by = this.#signer(data.signed, {project: entry.project, about}, parsed.data);
    if ('amiss' in by) return by.amiss;
    const {gauntlet, rollout} = data.document;
    const entered = {
      entry: entry.seq,
      at: entry.at,
      digest,
      signedBy: by.name,
      act: by.act,
      gauntlet: digestOf(gauntlet),
      rollout: digestOf(rollout),
    };
    this.#state = {...this.#state, policies: [...this.#state.policies, entered], policy: parsed.data};
    return null;
  }

  /** Who signed a policy as an admin of the one in force, or of the new one where there was none. */
  #signer(
    signed: ProvedAct | undefined,
    expected: {readonly project: string; readonly about: {policy: string; former: string}},
    next: Policy,
  ): {readonly name: string | null; readonly act: string | null} | {readonly amiss: string} {
    const needed = namesAdmin(this.#state.policy);
    if (signed === undefined)
      return needed
        ? {amiss: 'its policy is not signed, though the one before names an admin'}
        : {name: null, act: null};
    const amiss = actAmiss(signed, {act: 'policy', ...expected});
    if (amiss !== null) return {amiss};
    const admins = needed ? this.#state.policy!.people : next.people;
    const admin = ownerOf(signed, admins);
    if (admin === null || !admin.roles.includes('admin'))
      return {amiss: `its policy is signed by key ${signed.payload.key}, which was no admin's`};
    const act = actDigest(signed.payload);
    if (this.#state.policies.some((one) => one.act === act))
      return {amiss: 'the signature of its policy has been used before'};
    return {name: admin.name, act};
  }

  #takeDelegation(entry: AuditEntry): string | null {
    const {data} = ActData.safeParse(entry.data);
    if (!data) return 'it holds no signed delegation';
    const {signed} = data;
    const {to, until} = signed.payload.about;
    const {project} = entry;
    const amiss = actAmiss(signed, {act: 'delegate', project, about: {to: to ?? '', until: until ?? ''}});
    if (amiss !== null) return amiss;
    const {policy} = this.#state;
    if (namesAdmin(policy) && !ownerOf(signed, policy!.people)?.roles.includes('approver'))
      return `it is signed by key ${signed.payload.key}, which is no approver’s by the policy in force`;
    const digest = actDigest(signed.payload);
    // The same signed delegation again changes nothing, and above all brings no revoked one back.
    if (this.#state.delegations.some((one) => one.digest === digest)) return 'it is a delegation from before';
    const delegation = {
      digest,
      by: signed.payload.key,
      to: to!,
      from: entry.at,
      until: until!,
      revoked: null,
    };
    this.#state = {...this.#state, delegations: [...this.#state.delegations, delegation]};
    return null;
  }

  #takeRevocation(entry: AuditEntry): string | null {
    const {data} = ActData.safeParse(entry.data);
    if (!data) return 'it holds no signed revocation';
    const {signed} = data;
    const delegation = signed.payload.about['delegation'] ?? '';
    const amiss = actAmiss(signed, {act: 'revoke', project: entry.project, about: {delegation}});
    if (amiss !== null) return amiss;
    const of = this.#state.delegations.find(({digest}) => digest === delegation);
    if (of === undefined) return 'it revokes no delegation that was given';
    const signer = ownerOf(signed, this.#state.policy?.people ?? []);
    if (of.by !== signed.payload.key && !signer?.roles.includes('admin'))
      return 'it is signed neither by the delegator’s key nor by an admin’s';
    if (of.revoked !== null) return null;
    this.#state = {
      ...this.#state,
      delegations: this.#state.delegations.map((one) => (one === of ? {...of, revoked: entry.at} : one)),
    };
    return null;
  }
}

/** Why a recorded act is not what it should be, by the public key recorded with it; null if it is. */
export function actAmiss(
  signed: ProvedAct,
  expected: {
    readonly act: string;
    readonly project: string;
    readonly about?: Readonly<Record<string, string>>;
  },
): string | null {
  const {payload, publicKey} = signed;
  if (payload.project !== expected.project) return `its signature is for the project ${payload.project}`;
  if (payload.act !== expected.act) return `its signature is to ${payload.act}, expected ${expected.act}`;
  for (const [key, value] of Object.entries(expected.about ?? {}))
    if (payload.about[key] !== value) return `its signature is for another ${key}`;
  try {
    return actHolds(signed, readPublicKey(publicKey, 'its public key'))
      ? null
      : 'its signature is not by its public key over its payload';
  } catch (error) {
    if (!(error instanceof RatchetError)) throw error;
    return error.message;
  }
}

/** The person whose key signed; null if it is nobody's. */
export function ownerOf(signed: ProvedAct, people: readonly Person[]): Person | null {
  return (
    people.find(
      ({key}) =>
        key === signed.publicKey && keyId(readPublicKey(key, 'a policy’s key')) === signed.payload.key,
    ) ?? null
  );
}
