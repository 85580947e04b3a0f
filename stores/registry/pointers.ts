import {ending, holderOf} from '../../core/rollout/moves.ts';
import {Deployment} from '../../schemas/deployment.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {AuditChain} from '../audit/audit.ts';
import {readDocument, swapDocument, writeDocument} from '../objects/documents.ts';
import type {FormerReleases} from '../audit/former-releases.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {retiredAmong} from './retirements.ts';
import {
  BREAK_GLASS,
  ROLLBACK,
  UNEXPLAINED,
  formerAfter,
  kindOf,
  moveOf,
  sameMove,
} from '../audit/move-entry.ts';

/** What a move sets; seq, former, at and project follow from it. */
export interface Move {
  readonly stable: string;
  readonly canary: Deployment['canary'];
  readonly shadow: Deployment['shadow'];
  readonly by: string;
  readonly why: string;
  /** By which a person made it. */
  readonly signed?: Deployment['signed'];
  /** What it makes of the rollout that was opened last; missing: what it was. */
  readonly rollout?: Deployment['rollout'];
  readonly ends?: Deployment['ends'];
}
export type MoveDecision =
  /** `former`: the releases that have been stable before the move; what the deployment says if missing. */
  {readonly move: Move; readonly former?: readonly string[]} | {readonly refusal: string};
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
 * what and why: the next move (at 2), or the next run's bootstrap, appends the entry from it, marked `completed`. Since 2
 * comes before 3, never more than the last move can lack its entry: a document that is anything else than the chain's last
 * move or the one after it was changed by somebody else. It does not stop a rollback, but gets an entry that says so and
 * stays a break of the chain. Had the entry come first, the chain could name moves that never happened.
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
    const {status} = await writeDocument(this.#store, pointerKey(project), Deployment, first, {
      ifNoneMatch: '*',
    });
    if (status === 'written') {
      await this.#audit(first);
      return first;
    }
    const current = await this.read(project);
    if (current === null) throw noDeployment(project, this.#store);
    await this.#settle(current);
    return current;
  }

  /**
   * `decide` sees the deployment as it is, whose move the chain names by then, and says what it shall be, or why not; it may be
   * asked again when somebody else moved first, so it must not act. Throws InvalidInput before the bootstrap, PointerConflict when others keep winning.
   */
  async move(
    project: string,
    decide: (current: Deployment) => MoveDecision | Promise<MoveDecision>,
  ): Promise<MoveResult> {
    let refused: {reason: string; deployment: Deployment} | null = null;
    const moved = await swapDocument(this.#store, pointerKey(project), Deployment, async (current) => {
      if (current === null) throw noDeployment(project, this.#store);
      await this.#settle(current);
      const decision = await this.#unlessRetired(current, await decide(current));
      refused = 'refusal' in decision ? {reason: decision.refusal, deployment: current} : null;
      if ('refusal' in decision) return null;
      const {move, former = current.former} = decision;
      return follow({...current, former: [...former]}, move);
    });
    if (moved === null) return {status: 'refused', ...refused!};
    await this.#audit(moved);
    return {status: 'moved', deployment: moved};
  }

  /**
   * Back to a release that has been stable: no gate, no approval, audited. `digest` may be a unique prefix of ≥ 8 hex digits
   * among the former ones. Canary and shadow end, and with them the rollout that is under way, for good; to the present stable
   * it goes where there is something to end. `former` says which releases have been stable; what the deployment says if
   * missing. `sign` is asked for a signature over exactly this move – from where, to where, its number – once it is known;
   * both again where somebody moved meanwhile.
   */
  async rollback(
    project: string,
    digest: string,
    {
      by,
      why,
      breakGlass = false,
      former = ({former: all}) => Promise.resolve({all, permitted: all}),
      sign = () => undefined,
    }: {
      by: string;
      why: string;
      /** By somebody without the role for a rollback, in an emergency: an entry of its own kind, and an alarm. */
      breakGlass?: boolean;
      former?: (current: Deployment) => Promise<Pick<FormerReleases, 'all' | 'permitted'>>;
      sign?: (about: Record<'from' | 'to' | 'move', string>) => Deployment['signed'];
    },
  ): Promise<MoveResult> {
    return this.move(project, async (current) => {
      const holder = holderOf(current);
      const {all, permitted} = await former(current);
      const fit = [...new Set([...permitted, current.stable])].filter((one) => one.startsWith(digest));
      if (!/^[0-9a-f]{8,64}$/.test(digest) || fit.length === 0) {
        const known = permitted.map(short).join(', ') || 'none yet';
        return all.some((one) => one.startsWith(digest))
          ? {
              refusal: `${digest} became stable by no permitted move: no gateway answers by it; former: ${known}`,
            }
          : {refusal: `${digest} has not been stable in ${project}; former: ${known}`};
      }
      if (fit.length > 1)
        return {refusal: `${digest} could be ${fit.map(short).join(', ')}: give more digits`};
      if (fit[0] === current.stable && holder === null)
        return {refusal: `${short(current.stable)} is stable already`};
      const signed = sign({from: current.stable, to: fit[0]!, move: `${current.seq + 1}`});
      return {
        move: {
          stable: fit[0]!,
          canary: null,
          shadow: null,
          by,
          why: `${breakGlass ? BREAK_GLASS : ROLLBACK}${why}`,
          ...ending(current, holder),
          ...(signed === undefined ? {} : {signed}),
        },
        former: all,
      };
    });
  }

  /** A retired release gets no traffic; a share that it has already it keeps, as it is, until that is moved away. */
  async #unlessRetired(current: Deployment, decision: MoveDecision): Promise<MoveDecision> {
    if ('refusal' in decision) return decision;
    const {stable, canary, shadow} = decision.move;
    const more = (slot: Deployment['canary'], was: Deployment['canary']): string | undefined =>
      slot?.release === was?.release && slot?.weight === was?.weight ? undefined : slot?.release;
    const fresh = [
      stable === current.stable ? undefined : stable,
      more(canary, current.canary),
      more(shadow, current.shadow),
    ];
    const refusal = await retiredAmong(this.#store, current.project, fresh);
    return refusal === null ? decision : {refusal};
  }

  /** Sees that the chain's last move is the one the document tells of, and adds what is missing. */
  async #settle(current: Deployment): Promise<void> {
    const last = await this.#lastMove(current.project);
    if (last !== null && sameMove(last, current)) return;
    if (current.seq === (last === null ? 0 : last.seq + 1)) return this.#audit(current, 'completed');
    // Others may be moving just now: then it is another document already, and the compare-and-swap will see that.
    const again = await this.read(current.project);
    if (again !== null && sameMove(again, current)) await this.#audit(current, 'unexplained');
  }

  async #lastMove(project: string): Promise<ReturnType<typeof moveOf>> {
    const chain = new AuditChain(this.#store, project);
    for (let at = await chain.last(); at !== null; at = await chain.entry(at.seq - 1)) {
      const move = moveOf(at);
      if (move !== null) return move;
    }
    return null;
  }

  /** Appends the entry of a move unless it is there: by its mover, or later by somebody else. */
  async #audit(deployment: Deployment, late: 'completed' | 'unexplained' | null = null): Promise<void> {
    const {seq, stable, canary, shadow, former, why, at, by, signed, rollout, ends} = deployment;
    const data = {
      pointer: seq,
      stable,
      canary,
      shadow,
      why,
      ...(rollout === undefined ? {} : {rollout}),
      ...(ends === undefined ? {} : {ends}),
      ...(signed === undefined ? {} : {signed}),
    };
    const fact =
      late === 'unexplained'
        ? {kind: UNEXPLAINED, actor: 'unknown', data: {...data, by, former, movedAt: at}}
        : {
            kind: kindOf(deployment),
            actor: by,
            ...(late === null ? {at} : {}),
            data: late === null ? data : {...data, completed: true, movedAt: at},
          };
    await new AuditChain(this.#store, deployment.project).append(fact, (entry: AuditEntry) => {
      const move = moveOf(entry);
      if (move === null) return 'look';
      if (sameMove(move, deployment)) return 'skip';
      return move.seq > seq && late !== 'unexplained' ? 'look' : 'stop';
    });
  }
}

/** The document behind a move. */
function follow(current: Deployment, move: Move): Deployment {
  const former = formerAfter(current, move.stable);
  // A signature, and an end, are of one move.
  const {signed: _signed, ends: _ends, ...kept} = current;
  return {...kept, ...move, former, seq: current.seq + 1, at: new Date().toISOString()};
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
