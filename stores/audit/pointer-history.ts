import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {isKnownKind, type AuditEntry} from '../../schemas/audit.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {short} from '../../schemas/names.ts';
import type {Approval, ApprovalHistory} from './approval-history.ts';
import {
  MOVES,
  MoveData,
  SLOTS,
  more,
  timeOf,
  UNEXPLAINED,
  formerAfter,
  freshIn,
  inWords,
  isBreakGlass,
  isRollback,
  isWayBack,
  kindOf,
  moveOf,
  movesNothing,
  releaseIn,
  type RecordedMove,
} from './move-entry.ts';

/** A stable release, and what became stable before it, nearest last, without what was rolled back from. */
interface Way {
  readonly stable: string;
  readonly back: readonly string[];
}

/**
 * The way after a move. A promotion goes on from the stable that it follows; a rollback takes away everything behind the release
 * that it goes to.
 */
function wayAfter({stable, back}: Way, move: Pick<Deployment, 'stable' | 'why'>): Way {
  if (move.stable === stable) return {stable, back};
  if (!isRollback(move)) {
    const others = back.filter((digest) => digest !== stable && digest !== move.stable);
    return {stable: move.stable, back: [...others, stable]};
  }
  const at = back.indexOf(move.stable);
  return {stable: move.stable, back: at < 0 ? back : back.slice(0, at)};
}

/**
 * Follows the deployment through the audit chain, entry by entry, and says what of it cannot be: moves are consecutive, a
 * rollback goes to what has been stable, and whatever gives a release traffic is by the rollout of a run whose approval
 * holds, of the release it approved, and not used up. An approval opens one execution of its rollout, which moves no more once it
 * has ended; it is used up when its candidate became stable, was taken back, or stable went elsewhere. Sees the chain
 * behind `approvals`.
 */
export class PointerHistory {
  readonly #approvals: ApprovalHistory;
  /** Rollout's workflow ID → the execution that it opened with, by which approval. */
  readonly #opened = new Map<string, {readonly execution: string; readonly approval: number | null}>();
  readonly #ended = new Set<string>();
  #last: (RecordedMove & Pick<Deployment, 'former'>) | null = null;
  /** Releases that a permitted move gave traffic, by which approval; and those that only others did, with why these were not. */
  readonly #fit = new Map<string, Approval | null>();
  readonly #unfit = new Map<string, string>();
  #first: string | null = null;
  /** By permitted moves alone: what somebody forged neither lengthens nor shortens it. */
  #way: Way | null = null;
  readonly #retired = new Map<string, {readonly entry: number; readonly at: number}>();
  /** The chain's entry of the last move. */
  entry = 0;

  constructor(approvals: ApprovalHistory) {
    this.#approvals = approvals;
  }

  get last(): (RecordedMove & Pick<Deployment, 'former'>) | null {
    return this.#last;
  }

  /** Where a rollback that names no release goes from `current`, the last move or the one after it; nearest last. */
  backFrom(current: Pick<Deployment, 'seq' | 'stable' | 'why'>): readonly string[] {
    if (this.#way === null) return [];
    const owed = this.#last !== null && current.seq > this.#last.seq;
    const {stable, back} = owed ? wayAfter(this.#way, current) : this.#way;
    // Where no permitted move led to what is stable, the last permitted stable is nearest.
    return stable === current.stable ? back : [...back.filter((one) => one !== current.stable), stable];
  }

  /** The first stable, the base model that no gate judged; null before it, and once an approved run made it stable. */
  get ungated(): string | null {
    return this.#first === null || this.approvalOf(this.#first) !== null ? null : this.#first;
  }

  /** Why no permitted move ever gave a release traffic; null if one did. */
  unfit(release: string): string | null {
    if (this.#fit.has(release)) return null;
    return this.#unfit.get(release) ?? 'no move of the chain gives it traffic';
  }

  /** A release was retired, in this entry: it gets no more traffic. */
  retire(release: string, {seq, at}: AuditEntry): void {
    if (!this.#retired.has(release)) this.#retired.set(release, {entry: seq, at: Date.parse(at)});
  }

  /** By which approval a permitted move gave a release traffic first; null for the first stable, and for none. */
  approvalOf(release: string): Approval | null {
    return this.#fit.get(release) ?? null;
  }

  /** Takes the next entry; `act`: what speaks against its signature. What is wrong with it besides, or null. */
  take(entry: AuditEntry, act: string | null = null): string | null {
    if (!isKnownKind(entry.kind)) return null;
    if (!('pointer' in entry.data))
      return MOVES.includes(entry.kind) ? 'it names no move of the deployment' : null;
    const move = moveOf(entry);
    if (move === null) return 'it names no move of the deployment';
    const unexplained = entry.kind === UNEXPLAINED;
    const reason = unexplained
      ? `the deployment was found as no entry explains it: ${inWords(move)}`
      : entry.kind === kindOf(move)
        ? this.against(move, Date.parse(timeOf(entry)))
        : `${inWords(move)}: its kind is ${entry.kind}, expected ${kindOf(move)}`;
    const found = unexplained ? MoveData.parse(entry.data).former : undefined;
    const former = found ?? (this.#last === null ? [] : formerAfter(this.#last, move.stable));
    for (const slot of SLOTS) {
      const release = releaseIn(move, slot);
      if (release === null || (this.#last !== null && !more(move, this.#last, slot))) continue;
      if (reason === null) this.#fit.set(release, this.#fit.get(release) ?? this.#approvals.of(move.by));
      else this.#unfit.set(release, reason);
    }
    this.#use(move, entry.seq);
    if (this.#last === null) this.#first = move.stable;
    if (this.#way === null) this.#way = {stable: move.stable, back: []};
    else if (reason === null && act === null) this.#way = wayAfter(this.#way, move);
    this.#last = {...move, former};
    const {rollout, ends} = move;
    if (rollout !== undefined && this.#executionOf(rollout.by) === null) {
      const approval = this.#approvals.of(rollout.by)?.entry ?? null;
      this.#opened.set(rollout.by, {execution: rollout.execution, approval});
    }
    if (ends !== undefined) this.#ended.add(canonicalJson(ends));
    this.entry = entry.seq;
    return reason;
  }

  /** What speaks against this as the next move, at a time (ms) by its mover's word; null if nothing does. */
  against(move: RecordedMove, at: number): string | null {
    const before = this.#last;
    const next = before === null ? 0 : before.seq + 1;
    if (move.seq !== next) return `it tells of move ${move.seq}, expected move ${next}`;
    if ((before === null || isRollback(move)) && (move.canary || move.shadow))
      return `${inWords(move)}: expected neither canary nor shadow`;
    if (before === null) return null;
    const retired = this.#retiredIn(move, before, this.#approvals.believed(at));
    if (retired !== null) return retired;
    if (isRollback(move)) {
      // To the release that is stable: canary and shadow are taken away.
      if (move.stable === before.stable) return null;
      if (!before.former.includes(move.stable))
        return `${inWords(move)}: expected a release that has been stable`;
      if (isBreakGlass(move)) {
        if (move.stable === this.ungated)
          return `${inWords(move)}: expected a release that gates judged, not the base model`;
        if (!this.backFrom(before).includes(move.stable))
          return `${inWords(move)}: expected a release further back, none that was rolled back from`;
      }
      const unfit = this.unfit(move.stable);
      return unfit === null ? null : `${inWords(move)}: that became stable by no permitted move (${unfit})`;
    }
    // Anybody's rollout may end: that moves nothing.
    if (move.ends?.by === move.by && movesNothing(before, move)) return null;
    const approval = this.#approvals.of(move.by);
    if (approval === null) return `${inWords(move)}: no approved run is behind that`;
    const fresh = freshIn(move, before);
    for (const slot of fresh)
      if (releaseIn(move, slot) !== approval.release)
        return `${inWords(move)}: ${slot} is not the release ${short(approval.release)} that its run approved`;
    const late = this.#movedOn(move);
    if (late !== null || fresh.length === 0) return late;
    const reason = this.#approvals.against(move.by, at);
    return reason === null ? null : `${inWords(move)}: ${reason}`;
  }

  /** A move that was under way when its release was retired did not see it. */
  #retiredIn(move: RecordedMove, before: RecordedMove, at: number): string | null {
    for (const slot of freshIn(move, before)) {
      const release = releaseIn(move, slot)!;
      const retired = this.#retired.get(release);
      if (retired !== undefined && at - retired.at > UNDER_WAY_MS)
        return `${inWords(move)}: release ${short(release)} was retired in entry ${retired.entry}`;
    }
    return null;
  }

  /** Which approvals a move uses up. */
  #use(move: RecordedMove, entry: number): void {
    if (this.#last === null) return;
    this.#approvals.open(move.by);
    // Whoever shows a candidate had it judged against the stable that goes.
    if (move.stable !== this.#last.stable)
      this.#approvals.endAll(`stable went to ${short(move.stable)} in entry ${entry}`);
    else if (isWayBack(move)) this.#approvals.end(move.by, `its candidate was taken back in entry ${entry}`);
    // One that somebody started beside it ends alone.
    else if (
      move.ends !== undefined &&
      (this.#executionOf(move.ends.by) ?? move.ends.execution) === move.ends.execution
    )
      this.#approvals.end(move.ends.by, `it was ended in entry ${entry}`);
  }

  /** The execution that a rollout opened with by its present approval; null before. */
  #executionOf(rollout: string): string | null {
    const opened = this.#opened.get(rollout);
    const approval = this.#approvals.of(rollout)?.entry ?? null;
    return opened?.approval === approval ? opened.execution : null;
  }

  /** Why an execution of a rollout may not open, or go on, by the approval of its run; at a time (ms). Null if it may. */
  opens({by, execution}: NonNullable<Deployment['ends']>, at: number): string | null {
    const reason = this.#approvals.against(by, at);
    if (reason !== null) return reason;
    const opened = this.#executionOf(by);
    if (opened === null && this.#approvals.isOpen(by))
      return 'its approval was used by a rollout of an earlier version';
    return (opened ?? execution) === execution ? null : 'its approval was used by another execution of it';
  }

  /** Why a rollout could not make this move any more, or not this execution of it. */
  #movedOn({rollout, ...move}: RecordedMove): string | null {
    if (rollout === undefined || rollout.seq !== move.seq) return null;
    const {by, execution} = rollout;
    if (by !== move.by) return `${inWords(move)}: the rollout that moved is said to be ${by}`;
    if ((this.#executionOf(by) ?? execution) !== execution)
      return `${inWords(move)}: its approval was used by another execution of it`;
    return this.#ended.has(canonicalJson({by, execution})) ? `${inWords(move)}: it had ended before` : null;
  }
}

/** How long a move may have been under way. */
const UNDER_WAY_MS = 15 * 60_000;
