import {z} from 'zod';
import {namesAdmin} from '../../core/access/policy.ts';
import {refusalOf, type Target} from '../../core/access/rights.ts';
import {actDigest} from '../../core/access/signed-act.ts';
import {ProvedAct, type ActName} from '../../schemas/access.ts';
import {TARGETS} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {AccessHistory, actAmiss, ownerOf} from '../access/access-history.ts';
import {PoliciesInForce} from './policies-in-force.ts';
import {VersionMarks} from './version-marks.ts';

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
  readonly marks = new VersionMarks();
  readonly #used = new Set<string>();
  #reset: AuditEntry | null = null;

  /** The last entry by which the circuit of retrains was closed, of those that hold; null for none. */
  get reset(): AuditEntry | null {
    return this.#reset;
  }

  /** Takes the next entry. What is wrong with it, or null. */
  take(entry: AuditEntry): string | null {
    const amiss = this.access.take(entry);
    this.policies.take(entry, this.access.state.policy);
    if (amiss !== null) return amiss;
    const reason = this.against(entry);
    this.marks.take(entry);
    if (reason === null && isReset(entry)) this.#reset = entry;
    if (reason === null && entry.data['signed'] !== undefined && this.isAct(entry)) {
      const {data: signed} = ProvedAct.safeParse(entry.data['signed']);
      if (signed) this.#used.add(actDigest(signed.payload));
    }
    return reason;
  }

  /** What earlier versions entered without a signature, whatever the policy. */
  #fromBefore({kind, data}: AuditEntry): boolean {
    return ONCE_UNSIGNED.includes(kind) && !this.marks.signsAll && !('proof' in data);
  }

  /** Whether it is an act, which a person signs where the policy names people. */
  isAct(entry: AuditEntry): boolean {
    return actOf(entry) !== null;
  }

  /** What speaks against an entry as the next one, by who signed it; null if nothing does. */
  against(entry: AuditEntry): string | null {
    const expected = actOf(entry);
    if (expected === null || this.#fromBefore(entry)) return null;
    const given = entry.data['signed'];
    if (given === undefined && expected.act === 'break_glass')
      return 'it is not signed: the glass is broken by somebody whom the project names';
    if (given === undefined)
      return namesAdmin(this.policies.now)
        ? 'it is not signed, though the policy in force names people'
        : null;
    const {success, data: signed} = ProvedAct.safeParse(given);
    if (!success) return 'it holds no signed act';
    const reason = actAmiss(signed, {...expected, project: entry.project});
    if (reason !== null) return reason;
    if (expected.act === 'break_glass' && signed.payload.comment.trim() === '') return 'it gives no reason';
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
  /** Missing in entries from before acts named their step. */
  run: z.string().optional(),
  at: z.int().optional(),
  number: z.int().optional(),
});
const Rollback = z.looseObject({pointer: z.int(), stable: z.string()});

/** Kinds that earlier versions entered and nobody signed. */
const ONCE_UNSIGNED = ['retired', 'gateway_key'];

const ToldAct = z.looseObject({
  release: z.string().optional(),
  act: z.string().optional(),
  key: z.string().optional(),
  to: z.string().optional(),
  do: z.string().optional(),
  schedule: z.string().optional(),
  plan: z.string().optional(),
  build: z.string().optional(),
  review: z.string().optional(),
});
/** Acts on the store, and what of their entry has to be signed. */
const STORE_ACTS: Readonly<
  Record<string, {act: ActName; target?: Target; about: (told: z.infer<typeof ToldAct>) => About}>
> = {
  retired: {act: 'retire', target: 'stable', about: ({release}) => ({release})},
  gateway_key: {
    act: 'api_key',
    about: ({act, key, to}) => ({do: act, key, ...(to === undefined ? {} : {to})}),
  },
  schedule: {act: 'schedule', about: ({do: what, schedule}) => ({do: what, schedule})},
  gc: {act: 'gc', about: ({plan}) => ({plan})},
  set_current: {act: 'set_current', about: ({build}) => ({build})},
  feedback_review: {act: 'review', about: ({review}) => ({review})},
};
type About = Readonly<Record<string, string | undefined>>;

function isReset({kind, data}: Pick<AuditEntry, 'kind' | 'data'>): boolean {
  return kind === 'circuit' && data['closed'] === true;
}

function actOf({kind, data}: AuditEntry): Act | null {
  if (Object.hasOwn(STORE_ACTS, kind)) {
    const {act, target = null, about} = STORE_ACTS[kind]!;
    const told = Object.entries(about(ToldAct.safeParse(data).data ?? {}));
    // What the entry does not say is nothing that anybody signs.
    return {act, target, about: Object.fromEntries(told.map(([name, value]) => [name, value ?? '']))};
  }
  switch (kind) {
    case 'rollout_act': {
      const {success, data: told} = RolloutAct.safeParse(data);
      if (!success) return null;
      const {act, rollout, release, target, run, at, number} = told;
      const which: Record<string, string> =
        run === undefined || at === undefined ? {} : {run, step: `${at}`, number: `${number ?? ''}`};
      return {act, about: {rollout, release, ...which}, target: target ?? null};
    }
    case 'rollback':
    case 'break_glass': {
      const {success, data: told} = Rollback.safeParse(data);
      if (!success) return null;
      return {act: kind, about: {to: told.stable, move: `${told.pointer}`}, target: 'stable'};
    }
    case 'circuit':
      return isReset({kind, data}) ? {act: 'reset', about: {}, target: null} : null;
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
