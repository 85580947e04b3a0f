import {z} from 'zod';
import {namesAdmin} from '../core/access/policy.ts';
import {refusalOf, type Target} from '../core/access/rights.ts';
import {actDigest} from '../core/access/signed-act.ts';
import {ProvedAct, type ActName} from '../schemas/access.ts';
import {TARGETS} from '../schemas/approval.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {AccessHistory, actAmiss, ownerOf} from './access-history.ts';
import {PoliciesInForce} from './policies-in-force.ts';

/** What an entry of a kind has to be signed for; null for a kind that no person signs. */
interface Act {
  readonly act: ActName;
  readonly about: Readonly<Record<string, string>>;
  readonly target: Target | null;
}

/**
 * Follows the acts of people through the audit chain: that each signature holds and is used once, and, from the first policy
 * on that an admin's signature protects, that there is one, by somebody who might.
 */
export class ActHistory {
  readonly access = new AccessHistory();
  /** Which policy was in force when, as far as it was read. */
  readonly policies = new PoliciesInForce();
  readonly #used = new Set<string>();

  /** Takes the next entry. What is wrong with it, or null. */
  take(entry: AuditEntry): string | null {
    const amiss = this.access.take(entry);
    this.policies.take(entry, this.access.state.policy);
    if (amiss !== null) return amiss;
    const reason = this.against(entry);
    if (reason === null && entry.data['signed'] !== undefined && this.isAct(entry)) {
      const {data: signed} = ProvedAct.safeParse(entry.data['signed']);
      if (signed) this.#used.add(actDigest(signed.payload));
    }
    return reason;
  }

  /** Whether it is an act, which a person signs where the policy names people. */
  isAct(entry: AuditEntry): boolean {
    return actOf(entry) !== null;
  }

  /** What speaks against an entry as the next one, by who signed it; null if nothing does. */
  against(entry: AuditEntry): string | null {
    const expected = actOf(entry);
    if (expected === null) return null;
    const given = entry.data['signed'];
    if (given === undefined)
      return namesAdmin(this.policies.now)
        ? 'it is not signed, though the policy in force names people'
        : null;
    const {success, data: signed} = ProvedAct.safeParse(given);
    if (!success) return 'it holds no signed act';
    const reason = actAmiss(signed, {...expected, project: entry.project});
    if (reason !== null) return reason;
    if (this.#used.has(actDigest(signed.payload))) return 'its signature has been used before';
    if (!namesAdmin(this.policies.now)) return null;
    const refusals = this.policies.judging(Date.parse(entry.at)).map(({people}) => {
      const person = ownerOf(signed, people);
      if (person === null)
        return `it is signed by key ${signed.payload.key}, which the policy in force does not name`;
      const refusal = refusalOf({...expected, person, people});
      if (refusal !== null) return `it is signed by somebody who might not: ${refusal}`;
      return person.name === entry.actor
        ? null
        : `it says that ${entry.actor} did it, it is signed by ${person.name}`;
    });
    return refusals.includes(null) ? null : (refusals[0] ?? null);
  }
}

const RolloutAct = z.looseObject({
  act: z.enum(['promote', 'abort']),
  rollout: z.string(),
  release: z.string(),
  target: z.enum(TARGETS).optional(),
});
const Rollback = z.looseObject({pointer: z.int(), stable: z.string()});

function actOf({kind, data}: AuditEntry): Act | null {
  switch (kind) {
    case 'rollout_act': {
      const {success, data: told} = RolloutAct.safeParse(data);
      if (!success) return null;
      const {act, rollout, release, target} = told;
      return {act, about: {rollout, release}, target: target ?? null};
    }
    case 'rollback': {
      const {success, data: told} = Rollback.safeParse(data);
      if (!success) return null;
      return {act: 'rollback', about: {to: told.stable, move: `${told.pointer}`}, target: 'stable'};
    }
    case 'circuit':
      return data['closed'] === true ? {act: 'reset', about: {}, target: null} : null;
    case 'cancel':
      return {act: 'cancel', about: typeof data['run'] === 'string' ? {run: data['run']} : {}, target: null};
    case 'run_start': {
      const signed = ProvedAct.safeParse(data['signed']).data;
      // A retrain is signed before anybody knows what its run will be called.
      if (signed?.payload.act === 'retrain') return {act: 'retrain', about: {}, target: null};
      const run = data['run'];
      return {act: 'run', about: typeof run === 'string' ? {run} : {}, target: null};
    }
    default:
      return null;
  }
}
