import type {AuditEntry} from '../../schemas/audit.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {ChainHistory} from './chain-history.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import type {AuditChain} from './audit.ts';

/** What reading a chain takes of Stores. */
export interface ChainStores {
  readonly objects: ObjectStore;
  readonly rowKey?: Uint8Array | undefined;
  audit(project: string): AuditChain;
}

/** The audit chain of a project as far as this process has read it: each entry is read and judged once. */
export class FollowedChain {
  readonly project: string;
  readonly history: ChainHistory;
  readonly #stores: ChainStores;
  #last: {readonly seq: number; readonly hash: string} | null = null;
  /** Kind and name of a fact that is written once → its entry. */
  readonly #once = new Map<string, number>();
  /** One reading at a time. */
  #following: Promise<unknown> = Promise.resolve();

  constructor(stores: ChainStores, project: string) {
    this.project = project;
    this.#stores = stores;
    this.history = new ChainHistory(stores.rowKey);
  }

  /** The last entry that was read, -1 for none. */
  get seq(): number {
    return this.#last?.seq ?? -1;
  }

  /**
   * Reads what came since. Says why the chain is not the one that was read, where it was cut or rewritten meanwhile; null if it
   * is. Throws what the store throws, e.g. Unavailable.
   */
  async follow(): Promise<string | null> {
    const next = this.#following.then(() => this.#follow());
    this.#following = next.catch(() => undefined);
    return next;
  }

  /** As follow(). Throws NotPermitted where the chain is not the one that was read. */
  async read(): Promise<ChainHistory> {
    const rewritten = await this.follow();
    if (rewritten !== null)
      throw new RatchetError(
        ErrorType.NotPermitted,
        `${rewritten}; run audit verify, and start this process again once the chain is what it should be`,
      );
    return this.history;
  }

  /** The entry of a fact that is written once, as far as the chain was read; null if there is none that holds. */
  once(kind: string, name: string): number | null {
    return this.#once.get(`${kind} ${name}`) ?? null;
  }

  async #follow(): Promise<string | null> {
    const chain = this.#stores.audit(this.project);
    const last = this.#last;
    if (last !== null && (await chain.entry(last.seq))?.hash !== last.hash)
      return `the audit chain of ${this.project} no longer holds entry ${last.seq} as it was read: it was cut or rewritten`;
    // What is damaged counts as missing: it proves nothing, and hides nothing that comes behind it.
    const damaged = (): void => undefined;
    for await (const entry of chain.entries({from: this.seq + 1, damaged})) this.#take(entry);
    return null;
  }

  #take(entry: AuditEntry): void {
    const {amiss} = this.history.take(entry);
    const {once} = entry.data;
    // An entry that proves nothing must not stand in the way of the one that does.
    if (typeof once === 'string' && amiss === null && this.once(entry.kind, once) === null)
      this.#once.set(`${entry.kind} ${once}`, entry.seq);
    this.#last = {seq: entry.seq, hash: entry.hash};
  }
}

const followed = new WeakMap<ObjectStore, Map<string, FollowedChain>>();

/** The one of this process: whatever judges by the chain judges by the same reading of it. */
export function followedChain(stores: ChainStores, project: string): FollowedChain {
  let projects = followed.get(stores.objects);
  if (projects === undefined) followed.set(stores.objects, (projects = new Map<string, FollowedChain>()));
  let chain = projects.get(project);
  if (chain === undefined) projects.set(project, (chain = new FollowedChain(stores, project)));
  return chain;
}
