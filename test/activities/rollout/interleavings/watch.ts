import type {Deployment} from '../../../../schemas/deployment.ts';
import {isRollback} from '../../../../stores/audit/move-entry.ts';

/** A rollout of a test: its workflow ID, its candidate, and whether anybody approved it. */
export interface Watched {
  readonly by: string;
  readonly release: string;
  readonly approved: boolean;
}

/**
 * Sees every deployment that is written and says what must never be: two releases beside stable, a stable that no approved
 * rollout's promotion and no rollback put there, traffic by a rollout that was taken back. Of how the deployment keeps the
 * rollouts apart it knows nothing.
 */
export class Watch {
  readonly wrong: string[] = [];
  readonly #rollouts: ReadonlyMap<string, Watched>;
  readonly #back = new Set<string>();
  /** Release → the rollout that gave it what it has. */
  readonly #giver = new Map<string, string>();
  readonly #promoted = new Set<string>();
  #now: Deployment;

  constructor(first: Deployment, rollouts: readonly Watched[]) {
    this.#now = first;
    this.#rollouts = new Map(rollouts.map((one) => [one.by, one]));
  }

  get now(): Deployment {
    return this.#now;
  }

  /** The rollout fell back, and its workflow knows it; or its candidate was rolled back, or taken away by another. */
  takenBack(by: string): void {
    this.#back.add(by);
  }

  /** What its workflow says in the end is what happened. */
  ended(by: string, result: string): void {
    if ((result === 'promoted') !== this.#promoted.has(by) && !this.#back.has(by))
      this.wrong.push(
        `${by} ended: ${result}, though it was ${this.#promoted.has(by) ? '' : 'not '}promoted`,
      );
  }

  /** As it was written; whatever it changes, its author is whom it names. */
  written(next: Deployment): void {
    const before = this.#now;
    this.#now = next;
    const said = `move ${next.seq} by ${next.by} (${next.why})`;
    const [was, is] = [shares(before), shares(next)];
    if (next.seq !== before.seq + 1) this.wrong.push(`${said}: follows move ${before.seq}`);
    if (new Set(is.map(([release]) => release)).size > 1) this.wrong.push(`${said}: two candidates`);
    const rollout = this.#rollouts.get(next.by);
    const more = is.filter(([release, share]) => !was.some(([r, s]) => r === release && s === share));
    const promoted = next.stable !== before.stable && !isRollback(next);
    for (const [release] of promoted ? [...more, [next.stable] as const] : more) {
      if (!rollout?.approved || release !== rollout.release)
        this.wrong.push(`${said}: traffic for ${release.slice(0, 8)} without proof`);
      if (this.#back.has(next.by)) this.wrong.push(`${said}: it had been taken back`);
      this.#giver.set(release, next.by);
      if (promoted && release === next.stable) this.#promoted.add(next.by);
    }
    if (isRollback(next) && !before.former.includes(next.stable) && next.stable !== before.stable)
      this.wrong.push(`${said}: to what was never stable`);
    // What somebody else takes away is taken back.
    const has = new Set([next.stable, ...is.map(([release]) => release)]);
    for (const release of [before.stable, ...was.map(([one]) => one)]) {
      const giver = this.#giver.get(release);
      if (giver !== undefined && giver !== next.by && !has.has(release)) this.takenBack(giver);
    }
  }
}

/** Of canary and shadow: release and share, where it has one. */
function shares({canary, shadow}: Deployment): (readonly [string, string])[] {
  return [
    ...(canary === null || canary.weight === 0 ? [] : [[canary.release, `canary ${canary.weight}`] as const]),
    ...(shadow === null || shadow.weight === 0 ? [] : [[shadow.release, `shadow ${shadow.weight}`] as const]),
  ];
}
