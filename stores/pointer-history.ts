import {z} from 'zod';
import {canonicalJson} from '../core/identity/canonical-json.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {Deployment} from '../schemas/deployment.ts';
import {rolloutWorkflowId, short} from '../schemas/names.ts';

/** What the audit chain keeps of a move of the deployment. */
export type Told = Pick<
  Deployment,
  'seq' | 'stable' | 'canary' | 'shadow' | 'by' | 'why' | 'rollout' | 'ends'
>;

/** Kind of the entry for a deployment that no move explains; such an entry stays a break of the chain. */
export const UNEXPLAINED = 'pointer_unexplained';

/** How a rollback's why begins. */
export const ROLLBACK = 'rollback: ';

const {stable, canary, shadow, why, former, rollout, ends} = Deployment.shape;
const MoveData = z.object({
  ...{pointer: Deployment.shape.seq, stable, canary, shadow, why, rollout, ends},
  /** Of an unexplained deployment, whose actor nobody knows: what it says itself. */
  by: z.string().optional(),
  former: former.optional(),
});
const Approved = z.object({
  status: z.literal('approved'),
  runId: z.string(),
  digests: z.object({release: z.string()}),
});

/** The move that an entry tells of; null if it tells of none. */
export function moveOf(entry: AuditEntry): Told | null {
  const {success, data} = MoveData.safeParse(entry.data);
  if (!success) return null;
  const {pointer, by, former: _former, ...move} = data;
  return {seq: pointer, ...move, by: by ?? entry.actor};
}

export function sameMove(a: Told, b: Told): boolean {
  const told = ({seq, stable, canary, shadow, by, why, rollout, ends}: Told): string =>
    canonicalJson({seq, stable, canary, shadow, by, why, rollout: rollout ?? null, ends: ends ?? null});
  return told(a) === told(b);
}

/** Kind of a move's entry. A rollout that opens, or that ends without having been opened, changes no share of its own. */
export function kindOf(move: Told): string {
  if (move.seq === 0) return 'bootstrap';
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

/**
 * Follows the deployment through the audit chain, entry by entry, and says what of it cannot be: moves are consecutive, a
 * rollback goes to what has been stable, and every other move is by the rollout of an approved run, of the release it approved.
 * An approval opens one execution of its rollout, and one that has ended moves no more.
 */
export class PointerHistory {
  /** Rollout's workflow ID → the release that its run approved. */
  readonly #approved = new Map<string, string>();
  /** Rollout's workflow ID → the execution that it opened with. */
  readonly #opened = new Map<string, string>();
  readonly #ended = new Set<string>();
  #last: (Told & Pick<Deployment, 'former'>) | null = null;
  /** The chain's entry of the last move. */
  entry = 0;

  get last(): (Told & Pick<Deployment, 'former'>) | null {
    return this.#last;
  }

  /** Takes the next entry. What is wrong with it, or null. */
  take(entry: AuditEntry): string | null {
    if (entry.kind === 'approval') {
      const {success, data} = Approved.safeParse(entry.data);
      if (success) this.#approved.set(rolloutWorkflowId(data.runId), data.digests.release);
      return null;
    }
    if (!('pointer' in entry.data)) return null;
    const move = moveOf(entry);
    if (move === null) return 'it names no move of the deployment';
    const unexplained = entry.kind === UNEXPLAINED;
    const reason = unexplained
      ? `the deployment was found as no entry explains it: ${inWords(move)}`
      : this.against(move);
    const found = unexplained ? MoveData.parse(entry.data).former : undefined;
    const former = found ?? (this.#last === null ? [] : formerAfter(this.#last, move.stable));
    this.#last = {...move, former};
    const {rollout, ends} = move;
    if (rollout !== undefined && !this.#opened.has(rollout.by))
      this.#opened.set(rollout.by, rollout.execution);
    if (ends !== undefined) this.#ended.add(canonicalJson(ends));
    this.entry = entry.seq;
    return reason;
  }

  /** What speaks against this as the next move; null if nothing does. */
  against(move: Told): string | null {
    const before = this.#last;
    const next = before === null ? 0 : before.seq + 1;
    if (move.seq !== next) return `it tells of move ${move.seq}, expected move ${next}`;
    if ((before === null || isRollback(move)) && (move.canary || move.shadow))
      return `${inWords(move)}: expected neither canary nor shadow`;
    if (before === null) return null;
    if (isRollback(move))
      return move.stable === before.stable || before.former.includes(move.stable)
        ? null
        : `${inWords(move)}: expected a release that has been stable`;
    // Anybody's rollout may end: that moves nothing.
    if (move.ends?.by === move.by && movesNothing(before, move)) return null;
    const release = this.#approved.get(move.by);
    if (release === undefined) return `${inWords(move)}: no approved run stands behind that`;
    for (const slot of ['stable', 'canary', 'shadow'] as const) {
      const [now, was] = [releaseIn(move, slot), releaseIn(before, slot)];
      if (now !== null && now !== release && now !== was)
        return `${inWords(move)}: ${slot} is not the release ${short(release)} that its run approved`;
    }
    return this.#movedOn(move);
  }

  /** Why a rollout could not make this move any more, or not this execution of it. */
  #movedOn({rollout, ...move}: Told): string | null {
    if (rollout === undefined || rollout.seq !== move.seq) return null;
    const {by, execution} = rollout;
    if (by !== move.by) return `${inWords(move)}: the rollout that moved is said to be ${by}`;
    if ((this.#opened.get(by) ?? execution) !== execution)
      return `${inWords(move)}: its approval was used by another execution of it`;
    return this.#ended.has(canonicalJson({by, execution})) ? `${inWords(move)}: it had ended before` : null;
  }
}

function movesNothing(before: Told, move: Told): boolean {
  const shares = ({stable, canary, shadow}: Told): string => canonicalJson({stable, canary, shadow});
  return shares(before) === shares(move);
}

export function isRollback({why}: Pick<Deployment, 'why'>): boolean {
  return why.startsWith(ROLLBACK);
}

/** `move 3 by eve (test): stable aaaaaaaaaaaa, canary bbbbbbbbbbbb 10 %` */
export function inWords(move: Told): string {
  const slots = (['canary', 'shadow'] as const).flatMap((name) => {
    const slot = move[name];
    return slot === null ? [] : [`${name} ${short(slot.release)} ${slot.weight} %`];
  });
  return `move ${move.seq} by ${move.by} (${move.why}): ${[`stable ${short(move.stable)}`, ...slots].join(', ')}`;
}

function releaseIn(move: Told, slot: 'stable' | 'canary' | 'shadow'): string | null {
  return slot === 'stable' ? move.stable : (move[slot]?.release ?? null);
}
