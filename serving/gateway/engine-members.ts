import {setTimeout as wait} from 'node:timers/promises';
import {adapterName} from '../../core/identity/release-digest.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {Release} from '../../schemas/release.ts';
import type {Endpoint} from '../clients/kubernetes/service-endpoints.ts';
import type {DeployTarget} from '../targets/deploy-target.ts';
import type {Upstream} from './upstream.ts';

/** How an engine is asked, and how it is given adapters. */
export interface OpenEngine {
  readonly upstream: Upstream;
  readonly target: DeployTarget;
}
export interface EngineMember extends OpenEngine {
  readonly id: string;
  inFlight: number;
  /** It is there no more: closed once it has answered what it was asked. */
  gone: boolean;
  /** No request goes there before this time unless all are down. */
  downUntil: number;
  lastError: string | null;
}

const GRACE_MS = 5000;

/** The engines that are asked: those that are there, and have proved that they answer for every release in use. */
export class EngineMembers {
  readonly #open: (url: string) => OpenEngine;
  readonly #changed: (engines: number) => void;
  #all: readonly EngineMember[] = [];
  /** Engines that are being given what they are to answer for, by id. */
  readonly #joining = new Map<string, EngineMember>();
  /** What they were to answer for and could not be given; tried again when they are found the next time. */
  readonly #outside = new Map<string, {readonly url: string; readonly error: string}>();
  /** By adapter: what an engine must have, and have proved, before it is asked anything. */
  readonly #prepared = new Map<string, Release>();
  /** Adapters being brought to an engine, by engine and model. */
  readonly #loading = new Map<string, Promise<void>>();

  /** `changed` is called with how many are asked, whenever one has come or gone. */
  constructor(open: (url: string) => OpenEngine, changed: (engines: number) => void) {
    this.#open = open;
    this.#changed = changed;
  }

  get all(): readonly EngineMember[] {
    return this.#all;
  }

  /** Those that are there and cannot be asked, with the reason. */
  get outside(): readonly {readonly url: string; readonly error: string}[] {
    return [...this.#outside.values()];
  }

  /**
   * The engines there are now. One that is new is asked once it has, and has proved, all releases in use; one that is not named
   * any more is asked nothing from now on, and answers what it was asked.
   */
  use(found: readonly Endpoint[]): void {
    const ids = new Set(found.map(({id}) => id));
    for (const engine of this.#all) if (!ids.has(engine.id)) this.#leave(engine);
    for (const id of this.#joining.keys()) if (!ids.has(id)) this.#joining.delete(id);
    for (const id of this.#outside.keys()) if (!ids.has(id)) this.#outside.delete(id);
    for (const {id, url} of found)
      if (!this.#joining.has(id) && !this.#all.some((engine) => engine.id === id))
        void this.#join({id, ...this.#open(url), inFlight: 0, gone: false, downUntil: 0, lastError: null});
  }

  /**
   * Makes the release answerable. Engines that are away are left out: they get it when they are asked. Throws what a target
   * throws where the adapter itself is unfit (DigestMismatch, ArtifactMissing, AdapterNotServed, InvalidInput).
   */
  async prepare(release: Release): Promise<void> {
    const adapter = release.adapter?.digest;
    const before = this.#prepared.has(adapter ?? '');
    if (adapter !== undefined) this.#prepared.set(adapter, release);
    let unfit: Error | null = null;
    const loads = this.#all.map(async (engine) => {
      try {
        await this.ensure(engine, release);
      } catch (error) {
        if (!(error instanceof RatchetError) || !error.retryable) unfit ??= error as Error;
        throw error;
      }
    });
    // An engine that hangs must not hold up a rollback: once one is ready the others get a little longer.
    const enough = Promise.any(loads).then(() => wait(GRACE_MS, undefined, {ref: false}));
    await Promise.race([Promise.allSettled(loads), enough.catch(() => undefined)]);
    if (unfit === null) return;
    if (!before) this.#prepared.delete(adapter ?? '');
    throw unfit as Error;
  }

  async forget(release: Release): Promise<void> {
    if (release.adapter === null) return;
    this.#prepared.delete(release.adapter.digest);
    const name = adapterName(release.project, release.adapter.digest);
    await Promise.allSettled(this.#all.map(({target}) => target.unload(name)));
  }

  close(): void {
    this.#joining.clear();
    for (const {upstream} of this.#all) upstream.close();
  }

  /** Gives an engine a release's adapter and has it proved; one call at a time for each. Throws what a target throws. */
  async ensure(engine: EngineMember, release: Release): Promise<void> {
    if (release.adapter === null) return;
    const key = `${engine.id} ${release.adapter.digest}`;
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = engine.target
        .ensureAdapter(release)
        .then(() => engine.target.prove(release))
        .then(() => undefined)
        .finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    await loading;
  }

  async #join(engine: EngineMember): Promise<void> {
    const {id, upstream} = engine;
    this.#joining.set(id, engine);
    const has = new Set<string>();
    const missing = () => [...this.#prepared].filter(([adapter]) => !has.has(adapter));
    try {
      // More may be deployed meanwhile.
      for (let all = missing(); all.length > 0; all = missing())
        for (const [adapter, release] of all) {
          await this.ensure(engine, release);
          has.add(adapter);
        }
      if (this.#joining.get(id) !== engine) throw new Error('it is gone again');
      this.#outside.delete(id);
      this.#all = [...this.#all, engine];
      this.#changed(this.#all.length);
    } catch (error) {
      upstream.close();
      if (this.#joining.get(id) === engine)
        this.#outside.set(id, {url: upstream.url, error: (error as Error).message});
    } finally {
      if (this.#joining.get(id) === engine) this.#joining.delete(id);
    }
  }

  #leave(engine: EngineMember): void {
    this.#all = this.#all.filter((one) => one !== engine);
    this.#changed(this.#all.length);
    engine.gone = true;
    closeIdle(engine);
  }
}

/** Closes an engine that has answered what it was asked. */
export function closeIdle({inFlight, upstream}: EngineMember): void {
  if (inFlight === 0) upstream.close();
}
