import {RatchetError} from '../../schemas/errors.ts';
import type {Endpoint} from '../clients/kubernetes/service-endpoints.ts';
import type {Served} from '../targets/deploy-target.ts';
import {closeIdle, EngineMembers, type EngineMember, type OpenEngine} from './engine-members.ts';

/**
 * What a failure says of the engine. `lost`: it is there without the release's adapter. `down`: it does not answer. `busy`: it
 * takes no more questions now. `question`: nothing, another engine would fail the same way.
 */
export type Verdict = 'lost' | 'down' | 'busy' | 'question';

export interface EnginePoolOptions<Client> {
  readonly open: (endpoint: Endpoint) => OpenEngine<Client>;
  readonly verdict: (error: unknown) => Verdict;
  /** How long an engine that is down is asked last, in ms. */
  readonly downMs: number;
  /** Called with how many are asked, whenever one has come or gone. */
  readonly changed?: (engines: number) => void;
}

/**
 * The engines: each question goes to the one with the fewest in flight; one that is down or full is passed over and the next
 * one tried. An engine that lost an adapter (it was started anew) gets it back before the question is repeated there.
 */
export class EnginePool<Client> {
  readonly members: EngineMembers<Client>;
  readonly #verdict: (error: unknown) => Verdict;
  readonly #downMs: number;
  #next = 0;

  constructor({open, verdict, downMs, changed = () => undefined}: EnginePoolOptions<Client>) {
    this.members = new EngineMembers(open, changed);
    this.#verdict = verdict;
    this.#downMs = downMs;
  }

  /** Whether an engine has nothing to do. */
  get idle(): boolean {
    return this.members.all.some(({inFlight, downUntil}) => inFlight === 0 && downUntil <= Date.now());
  }

  /**
   * Puts the question to one engine after another until one answers. Throws what the last one failed with; a failure of the
   * question itself, or any once `signal` is aborted, at once. Throws Unavailable where there is no engine.
   */
  async ask<T>(
    question: (engine: EngineMember<Client>) => Promise<T>,
    {signal}: {readonly signal?: AbortSignal | undefined} = {},
  ): Promise<T> {
    let failure: Error | null = null;
    for (const engine of this.#order()) {
      engine.inFlight++;
      try {
        const answer = await question(engine);
        this.answers(engine);
        return answer;
      } catch (error) {
        if (signal?.aborted) throw error;
        const verdict = this.#verdict(error);
        if (verdict === 'question') throw error;
        if (verdict !== 'busy') this.failed(engine, error as Error);
        failure = error as Error;
      } finally {
        engine.inFlight--;
        if (engine.gone) closeIdle(engine);
      }
    }
    throw failure ?? new RatchetError('Unavailable', 'no engine is there: try again shortly');
  }

  /** Does it once; where the engine lost the release's adapter, gives it back and does it once more. */
  async withAdapter<T>(engine: EngineMember<Client>, release: Served, once: () => Promise<T>): Promise<T> {
    try {
      return await once();
    } catch (error) {
      if (this.#verdict(error) !== 'lost') throw error;
      await this.members.give(engine, release);
      return await once();
    }
  }

  /** That an engine has answered. */
  answers(engine: EngineMember<Client>): void {
    engine.downUntil = 0;
    engine.lastError = null;
  }

  /** That it does not: it is asked last for a while. */
  failed(engine: EngineMember<Client>, error: Error): void {
    engine.downUntil = Date.now() + this.#downMs;
    engine.lastError = error.message;
  }

  /** Least busy first, engines that are down last; equals in turn. */
  #order(): EngineMember<Client>[] {
    const now = Date.now();
    const turn = this.#next++;
    return this.members.all
      .map((_, i, all) => all[(i + turn) % all.length]!)
      .sort((a, b) => Number(a.downUntil > now) - Number(b.downUntil > now) || a.inFlight - b.inFlight);
  }
}
