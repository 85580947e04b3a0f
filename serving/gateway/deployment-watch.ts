import {short} from '../../schemas/names.ts';
import {adaptersOf, engineModelsOf, type EngineModel} from '../../core/releases/models.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import type {Release} from '../../schemas/release.ts';
import {alarmOf, isBreakGlass} from '../../stores/audit/move-entry.ts';
import type {Proven} from '../../stores/audit/proven-deployment.ts';
import type {Stores} from '../../stores/stores.ts';
import type {Say} from '../../telemetry/log.ts';
import {Guardrails} from './guardrails.ts';

/** A release in use, with its policy ready. */
export interface ServedRelease {
  readonly release: Release;
  readonly guardrails: Guardrails;
}
/** What answers now. */
export interface Served {
  readonly deployment: Deployment;
  readonly stable: ServedRelease;
  readonly canary: (ServedRelease & {readonly weight: number}) | null;
  readonly shadow: (ServedRelease & {readonly weight: number}) | null;
}

export interface WatchOptions {
  readonly project: string;
  readonly stores: Pick<Stores, 'pointers' | 'registry'>;
  readonly key: Uint8Array;
  readonly intervalMs: number;
  /** Whether permitted moves, approvals and reports stand behind a deployment. Throws what the store throws. */
  readonly prove: (deployment: Deployment) => Promise<Proven>;
  /** Makes a release answerable before it gets traffic; throws if it cannot be served at all. */
  readonly prepare: (release: Release) => Promise<void>;
  /** Called for each model whose adapter no release needs that answers, or that a rollback goes to. */
  readonly forget: (model: EngineModel) => Promise<void>;
  /** Called for a deployment taken over that somebody made by break-glass. */
  readonly glassBroken?: () => void;
  readonly say: Say;
}

/**
 * Follows the project's deployment pointer. A new one is taken over when the audit chain proves it and its releases are ready;
 * one that nothing proves, or that cannot be served (its adapter is damaged), is not taken over, and the former one goes on. While
 * the store is away the last one goes on, too.
 */
export class DeploymentWatch {
  readonly #options: WatchOptions;
  readonly #releases = new Map<string, ServedRelease>();
  #served: Served | null = null;
  #timer: NodeJS.Timeout | null = null;
  #reading: Promise<void> | null = null;
  #lastRead: number | null = null;
  #error: string | null = null;
  #refused: string | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get served(): Served | null {
    return this.#served;
  }
  /** `error`: why the store could not be read last time; `refused`: why the newest deployment is not served. */
  get state(): {
    readonly lastRead: number | null;
    readonly error: string | null;
    readonly refused: string | null;
  } {
    return {lastRead: this.#lastRead, error: this.#error, refused: this.#refused};
  }

  start(): void {
    const turn = async () => {
      await this.read();
      if (this.#timer !== null) this.#timer = setTimeout(() => void turn(), this.#options.intervalMs);
    };
    this.#timer = setTimeout(() => void turn(), 0);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Reads the pointer once; never throws. */
  read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    let deployment: Deployment | null;
    let proven: Proven | null = null;
    try {
      deployment = await this.#options.stores.pointers.read(this.#options.project);
      if (deployment === null && this.#served !== null)
        throw new Error(`the deployment of ${this.#options.project} is gone from the store`);
      if (deployment !== null && deployment.seq !== this.#served?.deployment.seq)
        proven = await this.#options.prove(deployment);
      this.#lastRead = Date.now();
      if (this.#error !== null) this.#options.say('the store answers again');
      this.#error = null;
    } catch (error) {
      const message = (error as Error).message;
      if (this.#error === null)
        this.#options.say(`the store cannot be read, the last deployment goes on: ${message}`, {
          level: 'warn',
        });
      this.#error = message;
      return;
    }
    if (deployment === null || proven === null) return;
    // Somebody moved on while it was proved: the next look sees that.
    if (proven.status === 'stale') return;
    try {
      if (proven.status === 'refused') throw new Unproven(proven.reason);
      const before = this.#served;
      this.#served = await this.#ready(deployment);
      this.#refused = null;
      const {stable, canary, shadow} = deployment;
      this.#options.say(
        `deployment ${deployment.seq}: stable ${short(stable)}` +
          (canary === null ? '' : `, canary ${short(canary.release)} ${canary.weight} %`) +
          (shadow === null ? '' : `, shadow ${short(shadow.release)} ${shadow.weight} %`),
        {release: stable},
      );
      if (isBreakGlass(deployment)) {
        this.#options.glassBroken?.();
        this.#options.say(`ALARM: ${alarmOf(deployment)}`, {level: 'error', release: stable});
      }
      if (before !== null) await this.#forgetOthers(this.#served, proven.back);
    } catch (error) {
      const message = `deployment ${deployment.seq} is not served: ${(error as Error).message}`;
      const release = error instanceof Unfit ? error.release : deployment.stable;
      if (message !== this.#refused) this.#options.say(message, {level: 'error', release});
      this.#refused = message;
    }
  }

  async #ready(deployment: Deployment): Promise<Served> {
    const stable = await this.#release(deployment.stable);
    const part = async (share: {release: string; weight: number} | null) =>
      share === null ? null : {...(await this.#release(share.release)), weight: share.weight};
    return {deployment, stable, canary: await part(deployment.canary), shadow: await part(deployment.shadow)};
  }

  async #release(digest: string): Promise<ServedRelease> {
    let served = this.#releases.get(digest);
    if (served === undefined) {
      try {
        const release = await this.#options.stores.registry.release(this.#options.project, digest);
        served = {release, guardrails: new Guardrails(release, this.#options.key)};
        await this.#options.prepare(release);
      } catch (cause) {
        throw new Unfit(digest, cause as Error);
      }
      this.#releases.set(digest, served);
    }
    return served;
  }

  /** Keeps what answers, and what answers next where somebody rolls back. */
  async #forgetOthers({deployment}: Served, back: string | null): Promise<void> {
    const {stable, canary, shadow} = deployment;
    const kept = new Set([stable, canary?.release, shadow?.release, back]);
    const keptReleases = [...kept].flatMap((digest) => this.#releases.get(digest ?? '')?.release ?? []);
    const adapters = new Set(keptReleases.flatMap(adaptersOf).map(({digest}) => digest));
    for (const [digest, {release}] of this.#releases)
      if (!kept.has(digest)) {
        this.#releases.delete(digest);
        // Another prompt with the same adapter may be in use.
        for (const model of engineModelsOf(release))
          if (model.adapter !== null && !adapters.has(model.adapter.digest))
            await this.#options.forget(model);
      }
  }
}

/** Nobody permitted it: an operator looks at `ratchet audit verify`. */
class Unproven extends Error {
  constructor(reason: string) {
    super(`nothing proves it: ${reason}; see ratchet audit verify`);
  }
}

/** Which of a deployment's releases cannot be served: what is to be done depends on that. */
class Unfit extends Error {
  readonly release: string;
  constructor(release: string, cause: Error) {
    super(`release ${short(release)}: ${cause.message}`, {cause});
    this.release = release;
  }
}
