import {z} from 'zod';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {isKnownKind, type AuditEntry} from '../../schemas/audit.ts';
import {Deployment} from '../../schemas/deployment.ts';
import {short} from '../../schemas/names.ts';
import {known} from '../../schemas/tolerant.ts';

/** What the audit chain keeps of a move of the deployment. */
export type RecordedMove = Pick<
  Deployment,
  'seq' | 'stable' | 'canary' | 'shadow' | 'by' | 'why' | 'rollout' | 'ends'
>;

/** Kind of the entry for a deployment that no move explains; such an entry stays a break of the chain. */
export const UNEXPLAINED = 'pointer_unexplained';

/** How a rollback's why begins. */
export const ROLLBACK = 'rollback: ';

/** How the why of a rollback begins that somebody without the role for one made, in an emergency. */
export const BREAK_GLASS = 'break glass: ';

/** How the why of a rollout's way back begins. */
export const WAY_BACK = 'back to stable';

/** Kinds of the entries that a move has. */
export const MOVES: readonly string[] = [
  'bootstrap',
  'pointer',
  'rollback',
  'break_glass',
  'rollout_opened',
  'rollout_ended',
  UNEXPLAINED,
];

const {seq, stable, canary, shadow, by, why, former, rollout, ends} = Deployment.shape;
/**
 * What a newer Ratchet added to a move or its slots is left out: this version neither acts by it nor asks the chain to explain it.
 */
export const Move = known(z.object({seq, stable, canary, shadow, by, why, rollout, ends}));
export const MoveData = known(
  z.object({
    pointer: seq,
    stable,
    canary,
    shadow,
    why,
    rollout,
    ends,
    /** Of an unexplained deployment, whose actor nobody knows: what it says itself. */
    by: z.string().optional(),
    former: former.optional(),
  }),
);
/** The move that an entry tells of; null if it tells of none, or is of a kind that this version doesn't know. */
export function moveOf(entry: AuditEntry): RecordedMove | null {
  if (!isKnownKind(entry.kind)) return null;
  const {success, data} = MoveData.safeParse(entry.data);
  if (!success) return null;
  const {pointer, by, former: _former, ...move} = data;
  return {seq: pointer, ...move, by: by ?? entry.actor};
}

export function sameMove(a: RecordedMove, b: RecordedMove): boolean {
  const told = (move: RecordedMove): string => {
    const {rollout = null, ends = null, ...rest} = Move.parse(move);
    return canonicalJson({...rest, rollout, ends});
  };
  return told(a) === told(b);
}

/** Kind of a move's entry. A rollout that opens, or that ends without having been opened, changes no share of its own. */
export function kindOf(move: RecordedMove): string {
  if (move.seq === 0) return 'bootstrap';
  if (isBreakGlass(move)) return 'break_glass';
  if (isRollback(move)) return 'rollback';
  const {rollout, ends, seq} = move;
  if (rollout?.seq === seq && rollout.after === null && !rollout.ended) return 'rollout_opened';
  const held = ends?.by === rollout?.by && ends?.execution === rollout?.execution;
  return ends !== undefined && !held ? 'rollout_ended' : 'pointer';
}

/** Releases that have been stable, newest last, after stable went to `next`: the one that goes joins, one that comes back leaves. */
export function formerAfter({stable, former}: Pick<Deployment, 'stable' | 'former'>, next: string): string[] {
  if (next === stable) return former;
  return [...former.filter((digest) => digest !== stable && digest !== next), stable];
}

export const SLOTS = ['stable', 'canary', 'shadow'] as const;

/** The slots whose release gets traffic that it had not before. */
export function freshIn(move: RecordedMove, before: RecordedMove): (typeof SLOTS)[number][] {
  return SLOTS.filter((slot) => releaseIn(move, slot) !== null && more(move, before, slot));
}

/** Whether a slot gives its release traffic that it had not before. */
export function more(move: RecordedMove, before: RecordedMove, slot: (typeof SLOTS)[number]): boolean {
  if (releaseIn(move, slot) !== releaseIn(before, slot)) return true;
  return slot !== 'stable' && move[slot]!.weight > before[slot]!.weight;
}

export function movesNothing(before: RecordedMove, move: RecordedMove): boolean {
  const shares = (of: RecordedMove): string => {
    const {stable, canary, shadow} = Move.parse(of);
    return canonicalJson({stable, canary, shadow});
  };
  return shares(before) === shares(move);
}

/** Whoever made it. */
export function isRollback({why}: Pick<Deployment, 'why'>): boolean {
  return why.startsWith(ROLLBACK) || why.startsWith(BREAK_GLASS);
}

export function isBreakGlass({why}: Pick<Deployment, 'why'>): boolean {
  return why.startsWith(BREAK_GLASS);
}

/** A rollout's own way back: nothing of it comes behind that. */
export function isWayBack({why}: Pick<Deployment, 'why'>): boolean {
  return why.startsWith(WAY_BACK);
}

/** When a move was made: of one whose entry came later, by the deployment that told of it. */
export function timeOf({at, data}: AuditEntry): string {
  return typeof data['movedAt'] === 'string' ? data['movedAt'] : at;
}

/** `move 3 by eve (test): stable aaaaaaaaaaaa, canary bbbbbbbbbbbb 10 %` */
export function inWords(move: RecordedMove): string {
  const slots = (['canary', 'shadow'] as const).flatMap((name) => {
    const slot = move[name];
    return slot === null ? [] : [`${name} ${short(slot.release)} ${slot.weight} %`];
  });
  return `move ${move.seq} by ${move.by} (${move.why}): ${[`stable ${short(move.stable)}`, ...slots].join(', ')}`;
}

/** What people are told of a move by break-glass. */
export function alarmOf({seq, by, why, stable}: RecordedMove): string {
  return `${by} broke the glass (${why.slice(BREAK_GLASS.length)}): move ${seq}, back to ${short(stable)}, without the role for it`;
}

export function releaseIn(move: RecordedMove, slot: (typeof SLOTS)[number]): string | null {
  return slot === 'stable' ? move.stable : (move[slot]?.release ?? null);
}
