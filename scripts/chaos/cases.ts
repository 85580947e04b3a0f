import {MOMENTS, type Moment} from './moments.ts';
import {VICTIMS, type Victim} from './victims.ts';

/** How an object store misbehaves. */
export const S3_FAULTS = ['fails 5 % of requests', 'answers slowly', 'breaks off bodies'] as const;
export type S3Fault = (typeof S3_FAULTS)[number];

export const DAMAGES = ['truncated', 'swapped'] as const;
export type Damage = (typeof DAMAGES)[number];

/**
 * Workers that may be stopped, and come back when others have taken over: on a
 * machine of their own, or on the same one. */
export const STOPPED = ['cpu worker', 'gpu worker', 'gpu worker next to another'] as const;
export type Stopped = (typeof STOPPED)[number];

/** What is done to one run; `undisturbed` is what the others must come to. */
export type ChaosCase =
  | {readonly kind: 'undisturbed'; readonly name: string; readonly of: Compared}
  | {readonly kind: 'kill'; readonly name: string; readonly victim: Victim; readonly moment: Moment}
  | {readonly kind: 'random'; readonly name: string; readonly seed: string}
  | {readonly kind: 's3'; readonly name: string; readonly fault: S3Fault}
  | {readonly kind: 'disk'; readonly name: string}
  | {readonly kind: 'artifact'; readonly name: string; readonly damage: Damage}
  | {readonly kind: 'stopped'; readonly name: string; readonly victim: Stopped};

/** The two runs that a case may be like: the first from data to traffic, and the retrain of what that one released. */
export type Compared = 'first' | 'retrain';
export const UNDISTURBED: Readonly<Record<Compared, ChaosCase>> = {
  first: {kind: 'undisturbed', name: 'undisturbed', of: 'first'},
  retrain: {kind: 'undisturbed', name: 'undisturbed retrain', of: 'retrain'},
};

/** Every victim in every stage; a trainer runs in two only. */
export function matrix(): ChaosCase[] {
  return (Object.keys(VICTIMS) as Victim[]).flatMap((victim) =>
    MOMENTS.filter((moment) => victim !== 'trainer' || moment === 'train' || moment === 'retrain').map(
      (moment) => ({kind: 'kill' as const, name: `${victim} in ${moment}`, victim, moment}),
    ),
  );
}

/** What is worse than a death. */
export function faults(): ChaosCase[] {
  return [
    ...S3_FAULTS.map((fault) => ({kind: 's3' as const, name: `S3 that ${fault}`, fault})),
    {kind: 'disk', name: 'full disk in train'},
    ...DAMAGES.map((damage) => ({kind: 'artifact' as const, name: `${damage} artifact`, damage})),
    ...STOPPED.map((victim) => ({kind: 'stopped' as const, name: `${victim} stopped and back`, victim})),
  ];
}

/** The n-th run of the campaign of random kills. */
export function randomCase(seed: string, n: number): ChaosCase {
  return {kind: 'random', name: `random ${n}`, seed: `${seed}/${n}`};
}

/** What a case must come to. */
export function comparedWith(one: ChaosCase): Compared {
  if (one.kind === 'undisturbed') return one.of;
  return one.kind === 'kill' && (one.moment === 'monitor' || one.moment === 'retrain') ? 'retrain' : 'first';
}
