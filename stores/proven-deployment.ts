import {short} from '../schemas/names.ts';
import type {Deployment} from '../schemas/deployment.ts';
import {ChainHistory} from './chain-history.ts';
import type {Stores} from './stores.ts';
import {reportAmiss, unlessDamaged} from './verify-content.ts';

/** Whether what a deployment names may answer. */
export type Proven =
  | {readonly status: 'proven'}
  /** The chain had moved on when the deployment was read: read it again. */
  | {readonly status: 'stale'}
  | {readonly status: 'refused'; readonly reason: string};

/**
 * Proves deployments to a process that serves them: that the audit chain explains each, that its releases got their traffic by
 * permitted moves, and that the report that each approval binds says `pass` of that very release. Follows the chain, so
 * each entry is read once. Signatures and the order of entries are all that is believed.
 */
export class ProvenDeployments {
  readonly #stores: Pick<Stores, 'artifacts' | 'audit' | 'registry'>;
  readonly #project: string;
  #history = new ChainHistory();
  #last: {readonly seq: number; readonly hash: string} | null = null;
  /** Releases whose report was read. */
  readonly #reported = new Set<string>();
  /** One reading of the chain at a time. */
  #following: Promise<unknown> = Promise.resolve();

  constructor(stores: Pick<Stores, 'artifacts' | 'audit' | 'registry'>, project: string) {
    this.#stores = stores;
    this.#project = project;
  }

  /** Throws what the store throws, e.g. Unavailable. */
  async prove(deployment: Deployment): Promise<Proven> {
    const next = this.#following.then(() => this.#prove(deployment));
    this.#following = next.catch(() => undefined);
    return next;
  }

  async #prove(deployment: Deployment): Promise<Proven> {
    const rewritten = await this.#follow();
    if (rewritten !== null) return {status: 'refused', reason: rewritten};
    const {pointers} = this.#history;
    if (pointers.last !== null && deployment.seq < pointers.last.seq) return {status: 'stale'};
    const reason = this.#history.refusalOf(deployment) ?? (await this.#unreported(deployment));
    return reason === null ? {status: 'proven'} : {status: 'refused', reason};
  }

  /** Reads what came since. Why the chain is another than it was; null if it is the same. */
  async #follow(): Promise<string | null> {
    const chain = this.#stores.audit(this.#project);
    const last = this.#last;
    if (last !== null && (await chain.entry(last.seq))?.hash !== last.hash)
      return `the audit chain no longer holds entry ${last.seq} as it was read: it was cut or rewritten`;
    for await (const entry of chain.entries({from: last === null ? 0 : last.seq + 1})) {
      this.#history.take(entry);
      this.#last = {seq: entry.seq, hash: entry.hash};
    }
    return null;
  }

  async #unreported({stable, canary, shadow, by}: Deployment): Promise<string | null> {
    const {pointers, approvals} = this.#history;
    for (const release of [stable, canary?.release, shadow?.release]) {
      if (release === undefined || this.#reported.has(release)) continue;
      const moving = approvals.of(by);
      const approval = pointers.approvalOf(release) ?? (moving?.release === release ? moving : null);
      // The first stable, and what was stable before the chain held approvals, has none.
      const reason =
        approval && (await unlessDamaged(() => reportAmiss(this.#stores, this.#project, approval)));
      if (reason !== null) return `release ${short(release)}: its report: ${reason}`;
      this.#reported.add(release);
    }
    return null;
  }
}
