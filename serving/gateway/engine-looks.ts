import type {EngineMember} from '../pool/engine-members.ts';
import type {EnginePool} from '../pool/engine-pool.ts';
import type {Upstream} from './upstream.ts';

/** How long an engine may take to say that it is there, and how long what it said is believed. */
const PROBE_MS = 1000;

export interface EngineState {
  readonly url: string;
  readonly up: boolean;
  readonly inFlight: number;
  readonly error: string | null;
}

/** Whether the engines answer, for health checks and metrics. */
export class EngineLooks {
  readonly #pool: EnginePool<Upstream>;
  /** When each was last asked whether it answers, and what came of it. */
  readonly #looks = new WeakMap<
    EngineMember<Upstream>,
    {readonly at: number; readonly answers: Promise<void>}
  >();

  constructor(pool: EnginePool<Upstream>) {
    this.#pool = pool;
  }

  get state(): readonly EngineState[] {
    const {all, outside} = this.#pool.members;
    return [
      ...all.map(({url, inFlight, lastError: error}) => ({url, up: error === null, inFlight, error})),
      ...outside.map(({url, error}) => ({url, up: false, inFlight: 0, error})),
    ];
  }

  /** Whether an engine answers: one that did last time, or, where all failed, one that does now. */
  async reachable(): Promise<boolean> {
    const {all} = this.#pool.members;
    if (all.some(({lastError}) => lastError === null)) return true;
    return Promise.any(all.map((engine) => this.#answers(engine))).then(
      () => true,
      () => false,
    );
  }

  /** Looks whether those answer that failed last, and those that nobody asks now: `state` is then of now. */
  async look(): Promise<void> {
    const unknown = this.#pool.members.all.filter(
      ({lastError, inFlight}) => lastError !== null || inFlight === 0,
    );
    await Promise.allSettled(unknown.map((engine) => this.#answers(engine)));
  }

  /** Asked at most once a second, however often this is called: anybody may. */
  #answers(engine: EngineMember<Upstream>): Promise<void> {
    const last = this.#looks.get(engine);
    if (last !== undefined && Date.now() - last.at < PROBE_MS) return last.answers;
    const answers = this.#askForModels(engine);
    answers.catch(() => undefined);
    this.#looks.set(engine, {at: Date.now(), answers});
    return answers;
  }

  async #askForModels(engine: EngineMember<Upstream>): Promise<void> {
    try {
      if (!(await engine.client.answers('/v1/models', AbortSignal.timeout(PROBE_MS))))
        throw new Error(`${engine.url} does not answer with its models`);
      this.#pool.answers(engine);
    } catch (error) {
      // What it was asked meanwhile tells more.
      if (engine.inFlight === 0) this.#pool.failed(engine, error as Error);
      throw error;
    }
  }
}
