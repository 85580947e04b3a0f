import {Deployment} from '../schemas/deployment.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {short} from '../schemas/names.ts';
import {AuditChain} from './audit.ts';
import {readDocument, swapDocument, writeDocument} from './documents.ts';
import {keySegment} from './object-key.ts';
import type {ObjectStore} from './object-store.ts';

/** What a move sets; seq, former, at and project follow from it. */
export interface Move {
  readonly stable: string;
  readonly canary: Deployment['canary'];
  readonly shadow: Deployment['shadow'];
  readonly by: string;
  readonly why: string;
}
export type MoveDecision = {readonly move: Move} | {readonly refusal: string};
export type MoveResult =
  | {readonly status: 'moved'; readonly deployment: Deployment}
  | {readonly status: 'refused'; readonly reason: string; readonly deployment: Deployment};

/**
 * The only mutable thing that decides who answers: `pointers/PROJECT/deployment.json`, moved by compare-and-swap, every
 * move with its audit entry. No transaction spans the two objects; so each move goes
 *   1. read the document, seq N;
 *   2. see that the audit chain names seq N, and add the entry if it does not;
 *   3. compare-and-swap the document to N + 1;
 *   4. append the audit entry of N + 1.
 * Dying before 3 changes nothing. Dying between 3 and 4 leaves a move without entry, but the document itself says who moved
 * what and why: the next move (at 2) or `reconcile` (which `audit verify` calls) appends the entry from it, marked
 * `completed`. Since 2 comes before 3, never more than the last move can lack its entry. Had the entry come first, the chain
 * could name moves that never happened.
 */
export class Pointers {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Null until the project's first stable was set. Serving reads this. */
  async read(project: string): Promise<Deployment | null> {
    return (await readDocument(this.#store, pointerKey(project), Deployment))?.value ?? null;
  }

  /** The first stable, create-only: gives the deployment that is there, whoever made it. */
  async bootstrap(
    project: string,
    release: string,
    {by, why}: {by: string; why: string},
  ): Promise<Deployment> {
    const first: Deployment = {
      v: 1,
      project,
      seq: 0,
      stable: release,
      canary: null,
      shadow: null,
      former: [],
      at: new Date().toISOString(),
      by,
      why,
    };
    await writeDocument(this.#store, pointerKey(project), Deployment, first, {ifNoneMatch: '*'});
    const current = await this.#current(project);
    await this.#audit(current, false);
    return current;
  }

  /**
   * `decide` sees the deployment as it is and says what it shall be, or why not; it may be asked again when somebody else
   * moved first, so it must not act. Throws InvalidInput before the bootstrap, PointerConflict when others keep winning.
   */
  async move(project: string, decide: (current: Deployment) => MoveDecision): Promise<MoveResult> {
    let refused: {reason: string; deployment: Deployment} | null = null;
    const moved = await swapDocument(this.#store, pointerKey(project), Deployment, async (current) => {
      if (current === null) throw noDeployment(project, this.#store);
      await this.#audit(current, true);
      const decision = decide(current);
      refused = 'refusal' in decision ? {reason: decision.refusal, deployment: current} : null;
      return 'move' in decision ? follow(current, decision.move) : null;
    });
    if (moved === null) return {status: 'refused', ...refused!};
    await this.#audit(moved, false);
    return {status: 'moved', deployment: moved};
  }

  /**
   * Back to a release that has been stable: no gate, no approval, audited. `digest` may be a unique prefix of ≥ 8 hex digits
   * among the former ones. Canary and shadow end.
   */
  async rollback(project: string, digest: string, {by, why}: {by: string; why: string}): Promise<MoveResult> {
    return this.move(project, (current) => {
      const fit = [...new Set(current.former)].filter((former) => former.startsWith(digest));
      if (!/^[0-9a-f]{8,64}$/.test(digest) || fit.length === 0) {
        const former = current.former.map(short).join(', ') || 'none yet';
        return {refusal: `${digest} has not been stable in ${project}; former: ${former}`};
      }
      if (fit.length > 1)
        return {refusal: `${digest} could be ${fit.map(short).join(', ')}: give more digits`};
      if (fit[0] === current.stable) return {refusal: `${short(current.stable)} is stable already`};
      return {move: {stable: fit[0]!, canary: null, shadow: null, by, why: `rollback: ${why}`}};
    });
  }

  /** Adds the audit entry that a process which died in the middle of a move still owed. Gives it, or null if none was owed. */
  async reconcile(project: string): Promise<AuditEntry | null> {
    const current = await this.read(project);
    return current && this.#audit(current, true);
  }

  async #current(project: string): Promise<Deployment> {
    const current = await this.read(project);
    if (current === null) throw noDeployment(project, this.#store);
    return current;
  }

  /** Appends the entry of a move unless it is there; `late` marks one that somebody else owed. Null if it was there. */
  async #audit(deployment: Deployment, late: boolean): Promise<AuditEntry | null> {
    const {seq, stable, canary, shadow, why, at, by} = deployment;
    let there = false;
    const entry = await new AuditChain(this.#store, deployment.project).append(
      {
        kind: seq === 0 ? 'bootstrap' : why.startsWith('rollback: ') ? 'rollback' : 'pointer',
        actor: by,
        at: late ? new Date().toISOString() : at,
        data: {pointer: seq, stable, canary, shadow, why, ...(late ? {completed: true, movedAt: at} : {})},
      },
      (entry) => {
        const pointer = entry.data['pointer'];
        if (typeof pointer !== 'number' || pointer > seq) return 'look';
        there = pointer === seq;
        return there ? 'skip' : 'stop';
      },
    );
    return there ? null : entry;
  }
}

/** The document behind a move: a stable that goes joins the former ones, one that comes back leaves them. */
function follow(current: Deployment, move: Move): Deployment {
  const {stable} = current;
  const others = current.former.filter((digest) => digest !== stable && digest !== move.stable);
  const former = move.stable === stable ? current.former : [...others, stable];
  return {...current, ...move, former, seq: current.seq + 1, at: new Date().toISOString()};
}

function pointerKey(project: string): string {
  return `pointers/${keySegment(project)}/deployment.json`;
}

function noDeployment(project: string, store: ObjectStore): RatchetError {
  return new RatchetError(
    ErrorType.InvalidInput,
    `${project} has no deployment in ${store.url}: nothing was released yet; start with ratchet run ${project}`,
  );
}
