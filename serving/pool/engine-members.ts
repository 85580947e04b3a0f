import {setTimeout as wait} from 'node:timers/promises';
import {adapterName} from '../../core/identity/release-digest.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {Endpoint} from '../clients/kubernetes/service-endpoints.ts';
import type {Served} from '../targets/deploy-target.ts';

/** How an engine is asked, and how it is given adapters. */
export interface OpenEngine<Client> {
  /** As an operator reads it. */
  readonly url: string;
  readonly client: Client;
  /**
   * Gives it the release's adapter, and has it proved where that is needed. Gives what it calls the release. Throws what a
   * target throws.
   */
  readonly give: (release: Served) => Promise<string>;
  /** Forgets an adapter by the name that `give` gave. */
  readonly unload: (model: string) => Promise<void>;
  readonly close: () => void;
}
export interface EngineMember<Client> extends OpenEngine<Client> {
  readonly id: string;
  /** What it is being given, by {@link keyOf}. */
  readonly giving: Map<string, Promise<string>>;
  inFlight: number;
  /** It is there no more: closed once it has answered what it was asked. */
  gone: boolean;
  /** No question goes there before this time, in ms since the epoch, unless all are down. */
  downUntil: number;
  lastError: string | null;
}

const GRACE_MS = 5000;

/** The engines that are asked: those that are there, and have all that was prepared. */
export class EngineMembers<Client> {
  readonly #open: (endpoint: Endpoint) => OpenEngine<Client>;
  readonly #changed: (engines: number) => void;
  #all: readonly EngineMember<Client>[] = [];
  /** Engines that are being given what they are to answer for, by id. */
  readonly #joining = new Map<string, EngineMember<Client>>();
  /** What they were to answer for and could not be given; tried again when they are found the next time. */
  readonly #outside = new Map<string, {readonly url: string; readonly error: string}>();
  /** By adapter: what an engine must have before it is asked anything. */
  readonly #prepared = new Map<string, Served>();

  /** `changed` is called with how many are asked, whenever one has come or gone. */
  constructor(open: (endpoint: Endpoint) => OpenEngine<Client>, changed: (engines: number) => void) {
    this.#open = open;
    this.#changed = changed;
  }

  get all(): readonly EngineMember<Client>[] {
    return this.#all;
  }

  /** Those that are there and cannot be asked, with the reason. */
  get outside(): readonly {readonly url: string; readonly error: string}[] {
    return [...this.#outside.values()];
  }

  /**
   * The engines there are now. One that is new is asked once it has all that was prepared: at once where nothing was. One that
   * is not named any more is asked nothing from now on, and answers what it was asked.
   */
  use(found: readonly Endpoint[]): void {
    const ids = new Set(found.map(({id}) => id));
    for (const engine of this.#all) if (!ids.has(engine.id)) this.#leave(engine);
    for (const id of this.#joining.keys()) if (!ids.has(id)) this.#joining.delete(id);
    for (const id of this.#outside.keys()) if (!ids.has(id)) this.#outside.delete(id);
    for (const endpoint of found)
      if (!this.#joining.has(endpoint.id) && !this.#all.some(({id}) => id === endpoint.id))
        void this.#join(member(endpoint.id, this.#open(endpoint)));
  }

  /**
   * Makes the release answerable. Engines that are away are left out: they get it when they are asked. Throws what a target
   * throws where the adapter itself is unfit (DigestMismatch, ArtifactMissing, AdapterNotServed, InvalidInput).
   */
  async prepare(release: Served): Promise<void> {
    if (release.adapter === null) return;
    const adapter = release.adapter.digest;
    const before = this.#prepared.has(adapter);
    this.#prepared.set(adapter, release);
    let unfit: Error | null = null;
    const loads = this.#all.map(async (engine) => {
      try {
        await this.give(engine, release);
      } catch (error) {
        if (!(error instanceof RatchetError) || !error.retryable) unfit ??= error as Error;
        throw error;
      }
    });
    // An engine that hangs must not hold up a rollback: once one is ready the others get a little longer.
    const enough = Promise.any(loads).then(() => wait(GRACE_MS, undefined, {ref: false}));
    await Promise.race([Promise.allSettled(loads), enough.catch(() => undefined)]);
    if (unfit === null) return;
    if (!before) this.#prepared.delete(adapter);
    throw unfit as Error;
  }

  async forget(release: Served): Promise<void> {
    if (release.adapter === null) return;
    this.#prepared.delete(release.adapter.digest);
    const name = adapterName(release.project, release.adapter.digest);
    await Promise.allSettled(this.#all.map(({unload}) => unload(name)));
  }

  close(): void {
    this.#joining.clear();
    for (const engine of this.#all) engine.close();
  }

  /** Gives an engine a release's adapter, one call at a time for each. Throws what a target throws. */
  give({giving, give}: EngineMember<Client>, release: Served): Promise<string> {
    const key = keyOf(release);
    const begun = giving.get(key);
    if (begun !== undefined) return begun;
    const given = give(release).finally(() => giving.delete(key));
    giving.set(key, given);
    return given;
  }

  /** Without a pause where nothing was prepared. */
  async #join(engine: EngineMember<Client>): Promise<void> {
    const {id, url} = engine;
    this.#joining.set(id, engine);
    const has = new Set<string>();
    const missing = () => [...this.#prepared].filter(([adapter]) => !has.has(adapter));
    try {
      // More may be deployed meanwhile.
      for (let all = missing(); all.length > 0; all = missing())
        for (const [adapter, release] of all) {
          await this.give(engine, release);
          has.add(adapter);
        }
      if (this.#joining.get(id) !== engine) throw new Error('it is gone again');
      this.#outside.delete(id);
      this.#all = [...this.#all, engine];
      this.#changed(this.#all.length);
    } catch (error) {
      engine.close();
      if (this.#joining.get(id) === engine) this.#outside.set(id, {url, error: (error as Error).message});
    } finally {
      if (this.#joining.get(id) === engine) this.#joining.delete(id);
    }
  }

  #leave(engine: EngineMember<Client>): void {
    this.#all = this.#all.filter((one) => one !== engine);
    this.#changed(this.#all.length);
    engine.gone = true;
    closeIdle(engine);
  }
}

function member<Client>(id: string, open: OpenEngine<Client>): EngineMember<Client> {
  return {...open, id, giving: new Map(), inFlight: 0, gone: false, downUntil: 0, lastError: null};
}

/** Two releases with one adapter are the same to an engine. */
export function keyOf({project, adapter}: Served): string {
  return adapter === null ? '' : adapterName(project, adapter.digest);
}

/** Closes an engine that has answered what it was asked. */
export function closeIdle({inFlight, close}: EngineMember<unknown>): void {
  if (inFlight === 0) close();
}
