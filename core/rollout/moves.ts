import type {Deployment} from '../../schemas/deployment.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';

/**
 * What a rollout may do to the deployment. It opens, which makes it the one whose moves count; each further move names the
 * move before it (a fencing token, Kleppmann 2016), so that an attempt that was frozen, or whose answer was lost, finds either
 * its own move or that it is too late; and it ends, which is written even where there is nothing to take away.
 */
export type Want =
  | {readonly to: 'shadow'; readonly weight: number}
  | {readonly to: 'canary'; readonly weight: number}
  | {readonly to: 'stable'};

export interface Mover {
  /** The candidate. */
  readonly release: string;
  /** The release it was judged against and replaces. */
  readonly stable: string;
  /** The rollout's workflow ID: who moves. */
  readonly by: string;
  /** Which execution of that workflow: Temporal's first run ID, the same after a reset. */
  readonly execution: string;
  /** Temporal's run ID: another one after a reset. */
  readonly run: string;
}

/** The rollout that has a share of the traffic, or may give itself one. */
export type Holder = NonNullable<Deployment['ends']>;
type Next = Pick<Deployment, 'stable' | 'canary' | 'shadow' | 'rollout' | 'ends'>;

export type PlannedMove =
  | {readonly move: Next}
  /** This very move was made before, as the one with this seq, or there is nothing to do. */
  | {readonly already: number}
  /** Somebody else moved, or the rollout has ended: it has nothing to say any more. */
  | {readonly superseded: string};

/**
 * A rollout opens: from now on its moves count, and no other's. `takes`: whose rollout is not ended; the move may be made only
 * if that one's workflow runs no more, and takes away what it left.
 */
export function planOpening(
  current: Deployment,
  mover: Mover,
): PlannedMove | {readonly move: Next; readonly takes: Holder} {
  const {stable} = current;
  if (stable !== mover.stable) return {superseded: stableMoved(current)};
  const mine = rolloutOf(current, mover);
  if (mine?.ended) return {superseded: ended(current)};
  if (mine?.run === mover.run) return {already: mine.seq};
  const {by, execution, run} = mover;
  const move: Next = {
    stable,
    canary: null,
    shadow: null,
    rollout: {by, execution, run, seq: current.seq + 1, after: null, ended: false},
  };
  const holder = mine === null ? holderOf(current) : null;
  return holder === null ? {move} : {move: {...move, ends: holder}, takes: holder};
}

/** Decides one compare-and-swap. `mover.seq`: the rollout's own last move, as it saw it. */
export function planMove(
  current: Deployment,
  want: Want,
  mover: Mover & {readonly seq: number},
): PlannedMove {
  const next = after(current, want, mover);
  const {rollout} = current;
  if (madeBefore(current, next, mover)) return {already: rollout?.seq ?? current.seq};
  const reason = supersededBy(current, mover);
  if (reason !== null) return {superseded: reason};
  // After a reset it goes on from an older move; that its run is the workflow's own now, Temporal says.
  const reset = rollout !== undefined && rollout.run !== mover.run;
  if (!reset && mover.seq !== (rollout?.seq ?? current.seq))
    return {superseded: `it has moved on ${who(current)}`};
  if (same(current, next)) return {already: rollout?.seq ?? current.seq};
  const {by, execution, run} = mover;
  const promotes = want.to === 'stable';
  return {
    move: {
      ...next,
      rollout: {by, execution, run, seq: current.seq + 1, after: mover.seq, ended: promotes},
      ...(promotes ? {ends: {by, execution}} : {}),
    },
  };
}

/** Whatever else is there, the rollout ends here: its canary and shadow are taken away, and no attempt of it moves again. */
export function planBack(
  current: Deployment,
  {release, by, execution}: Pick<Mover, 'release' | 'by' | 'execution'>,
): PlannedMove {
  const me = {by, execution};
  const {stable, canary, shadow, rollout} = current;
  const mine = rolloutOf(current, me);
  if (mine?.ended || isOf(current.ends, me)) return {already: current.seq};
  // Of what is there, only its own: with no rollout on record, what a former version's gave the release.
  const own = mine !== null || (rollout === undefined && !(current.by !== by && isRollout(current.by)));
  const left = (slot: Deployment['canary']): Deployment['canary'] =>
    own && slot?.release === release ? null : slot;
  return {
    move: {
      stable,
      canary: left(canary),
      shadow: left(shadow),
      ends: me,
      ...(mine === null ? {} : {rollout: {...mine, seq: current.seq + 1, ended: true}}),
    },
  };
}

/** Whether the rollout's candidate became stable, by its own promotion, and still is. */
export function wasPromoted(current: Deployment, {release, ...me}: Pick<Mover, 'release'> & Holder): boolean {
  return current.stable === release && rolloutOf(current, me)?.ended === true;
}

/** Removes the traffic that a rollout left behind and ends it. For callers that know that its workflow no longer runs. */
export function takingAway(current: Deployment, holder: Holder): Next {
  return {stable: current.stable, canary: null, shadow: null, ...ending(current, holder)};
}

/** Who has, or may take, a share of the traffic besides stable; null if nobody has. */
export function holderOf({rollout, canary, shadow, by}: Deployment): Holder | null {
  if (rollout !== undefined && !rollout.ended) return {by: rollout.by, execution: rollout.execution};
  return canary === null && shadow === null ? null : {by, execution: ''};
}

/** What a move that ends the rollout that holds the deployment has besides its shares. */
export function ending(
  {rollout}: Deployment,
  holder: Holder | null,
): {readonly rollout?: NonNullable<Deployment['rollout']>; readonly ends?: Holder} {
  if (holder === null) return {};
  return {...(rollout === undefined ? {} : {rollout: {...rollout, ended: true}}), ends: holder};
}

/** Why a rollout is no longer the one that decides; null if it still is. */
export function supersededBy(
  current: Deployment,
  mover: Pick<Mover, 'release' | 'stable' | 'by' | 'execution'>,
): string | null {
  const {stable, canary, shadow, rollout} = current;
  if (stable !== mover.stable) return stableMoved(current);
  const other = [canary, shadow].find((slot) => slot !== null && slot.release !== mover.release);
  if (other) return `another release, ${head(other.release)}, is being rolled out ${who(current)}`;
  if (rollout === undefined) return null;
  if (rolloutOf(current, mover) === null)
    return `another rollout was opened, ${rollout.by}, last moved ${who(current)}`;
  return rollout.ended ? ended(current) : null;
}

/** Finds a move that was written but whose response was lost, by the move that it named as its predecessor. */
function madeBefore(
  current: Deployment,
  next: Pick<Deployment, 'stable' | 'canary' | 'shadow'>,
  mover: Mover & {readonly seq: number},
): boolean {
  const {rollout, by, seq} = current;
  if (!same(current, next)) return false;
  if (rollout === undefined) return by === mover.by && seq > mover.seq;
  const mine = rolloutOf(current, mover);
  return mine?.run === mover.run && mine.after === mover.seq;
}

function after(
  {stable, canary, shadow}: Deployment,
  want: Want,
  {release}: Mover,
): Pick<Deployment, 'stable' | 'canary' | 'shadow'> {
  if (want.to === 'stable') return {stable: release, canary: null, shadow: null};
  const slot = want.weight === 0 ? null : {release, weight: want.weight};
  return want.to === 'canary' ? {stable, canary: slot, shadow} : {stable, canary, shadow: slot};
}

/** The rollout that was opened last, if it is this one. */
function rolloutOf({rollout}: Deployment, me: Holder): NonNullable<Deployment['rollout']> | null {
  return isOf(rollout, me) ? rollout! : null;
}

function isOf(one: Holder | undefined, {by, execution}: Holder): boolean {
  return one?.by === by && one.execution === execution;
}

function isRollout(by: string): boolean {
  return by.startsWith(rolloutWorkflowId(''));
}

function same(
  a: Pick<Deployment, 'stable' | 'canary' | 'shadow'>,
  b: Pick<Deployment, 'stable' | 'canary' | 'shadow'>,
): boolean {
  const slot = (x: Deployment['canary']): string => (x === null ? '' : `${x.release} ${x.weight}`);
  return a.stable === b.stable && slot(a.canary) === slot(b.canary) && slot(a.shadow) === slot(b.shadow);
}

const who = ({by, why}: Deployment): string => `by ${by} (${why})`;
const ended = (current: Deployment): string => `it has ended; the deployment was last moved ${who(current)}`;
const stableMoved = (current: Deployment): string =>
  `stable was moved to ${head(current.stable)} ${who(current)}`;
const head = (digest: string): string => digest.slice(0, 12);
