import type {Deployment} from '../../schemas/deployment.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';

/** What a rollout does to the deployment; everything it may do, besides nothing. */
export type Want =
  | {readonly to: 'shadow'; readonly weight: number}
  | {readonly to: 'canary'; readonly weight: number}
  | {readonly to: 'stable'}
  | {readonly to: 'back'};

export interface Mover {
  /** The candidate. */
  readonly release: string;
  /** The release it was judged against and replaces. */
  readonly stable: string;
  /** Deployment seq as this rollout last saw it. */
  readonly seq: number;
  /** The rollout's workflow ID: who moves. */
  readonly by: string;
}

export type PlannedMove =
  | {readonly move: Pick<Deployment, 'stable' | 'canary' | 'shadow'>}
  /** It is as wanted already: this very move was made before, or nothing is to be undone. */
  | {readonly already: true}
  /** Somebody else moved: this rollout has nothing to say any more. */
  | {readonly superseded: string};

/**
 * Decides one compare-and-swap. A move that was made but not answered (the worker died) is found again by its author and
 * seq; a stable, or a canary, that somebody else put there is never overwritten, so a rollback by a person stays.
 */
export function planMove(current: Deployment, want: Want, mover: Mover): PlannedMove {
  if (want.to === 'back') return goBack(current, mover);
  const next = after(current, want, mover);
  if (current.by === mover.by && current.seq > mover.seq && same(current, next)) return {already: true};
  const reason = supersededBy(current, mover);
  if (reason !== null) return {superseded: reason};
  return same(current, next) ? {already: true} : {move: next};
}

/** Why a rollout is no longer the one that decides; null if it still is. */
export function supersededBy(current: Deployment, mover: Mover): string | null {
  const who = `by ${current.by} (${current.why})`;
  if (current.stable !== mover.stable) return `stable was moved to ${head(current.stable)} ${who}`;
  const {canary, shadow} = current;
  const other = [canary?.release, shadow?.release].find((at) => at !== undefined && at !== mover.release);
  if (other !== undefined) return `another release, ${head(other)}, is being rolled out ${who}`;
  if (current.seq === mover.seq || current.by === mover.by) return null;
  // Somebody moved, and stable is what it was: harmless if they left our canary or shadow, else they took it away.
  if (!canary && !shadow) return `canary and shadow were taken away ${who}`;
  return otherRollout(current, mover) === null ? null : `another run rolls the same release out ${who}`;
}

/** The other run's rollout that gave the same release the share that it has; null if there is none. */
export function otherRollout({canary, shadow, by}: Deployment, mover: Omit<Mover, 'seq'>): string | null {
  const same = [canary, shadow].some((slot) => slot?.release === mover.release);
  return same && by !== mover.by && by.startsWith(rolloutWorkflowId('')) ? by : null;
}

function goBack(current: Deployment, mover: Mover): PlannedMove {
  // What another rollout gave the release is that rollout's to take away.
  if (otherRollout(current, mover) !== null) return {already: true};
  const {release} = mover;
  const ours = (slot: Deployment['canary']): boolean => slot?.release === release;
  if (!ours(current.canary) && !ours(current.shadow)) return {already: true};
  return {
    move: {
      stable: current.stable,
      canary: ours(current.canary) ? null : current.canary,
      shadow: ours(current.shadow) ? null : current.shadow,
    },
  };
}

function after(
  {stable, canary, shadow}: Deployment,
  want: Exclude<Want, {to: 'back'}>,
  {release}: Mover,
): Pick<Deployment, 'stable' | 'canary' | 'shadow'> {
  if (want.to === 'stable') return {stable: release, canary: null, shadow: null};
  const slot = want.weight === 0 ? null : {release, weight: want.weight};
  return want.to === 'canary' ? {stable, canary: slot, shadow} : {stable, canary, shadow: slot};
}

function same(
  a: Pick<Deployment, 'stable' | 'canary' | 'shadow'>,
  b: Pick<Deployment, 'stable' | 'canary' | 'shadow'>,
): boolean {
  const slot = (x: Deployment['canary']): string => (x === null ? '' : `${x.release} ${x.weight}`);
  return a.stable === b.stable && slot(a.canary) === slot(b.canary) && slot(a.shadow) === slot(b.shadow);
}

const head = (digest: string): string => digest.slice(0, 12);
