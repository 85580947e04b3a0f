import {short} from '../../schemas/names.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {FollowedChain, type ChainStores} from './followed-chain.ts';
import type {Stores} from '../stores.ts';
import {reportAmiss, unlessDamaged} from './verify-content.ts';

/** Whether what a deployment names may answer. */
export type Proven =
  /** `back`: the release that a rollback from it goes to; null where there is none. */
  | {readonly status: 'proven'; readonly back: string | null}
  /** The chain had moved on when the deployment was read: read it again. */
  | {readonly status: 'stale'}
  | {readonly status: 'refused'; readonly reason: string};

type ProvenStores = ChainStores & Pick<Stores, 'artifacts' | 'registry'>;

/**
 * Proves deployments to a process that serves them: that the audit chain explains each, that its releases got their traffic by
 * permitted moves, and that the report that each approval binds says `pass` of that very release. Follows the chain, so
 * each entry is read once. Signatures and the order of entries are all that is believed.
 */
export class ProvenDeployments {
  readonly #stores: ProvenStores;
  readonly #chain: FollowedChain;
  /** Releases whose report was read. */
  readonly #reported = new Set<string>();
  /** One proof at a time: what the chain says of a deployment is asked before anybody reads on. */
  #proving: Promise<unknown> = Promise.resolve();

  constructor(stores: ProvenStores, project: string) {
    this.#stores = stores;
    this.#chain = new FollowedChain(stores, project);
  }

  /** Throws what the store throws, e.g. Unavailable. */
  async prove(deployment: Deployment): Promise<Proven> {
    const next = this.#proving.then(() => this.#prove(deployment));
    this.#proving = next.catch(() => undefined);
    return next;
  }

  async #prove(deployment: Deployment): Promise<Proven> {
    const rewritten = await this.#chain.follow();
    if (rewritten !== null) return {status: 'refused', reason: rewritten};
    const {history} = this.#chain;
    const {pointers} = history;
    if (pointers.last !== null && deployment.seq < pointers.last.seq) return {status: 'stale'};
    const reason = history.refusalOf(deployment) ?? (await this.#unreported(deployment));
    if (reason !== null) return {status: 'refused', reason};
    const back = pointers.backFrom(deployment).findLast((release) => pointers.unfit(release) === null);
    return {status: 'proven', back: back ?? null};
  }

  async #unreported({stable, canary, shadow, by}: Deployment): Promise<string | null> {
    const {pointers, approvals} = this.#chain.history;
    for (const release of [stable, canary?.release, shadow?.release]) {
      if (release === undefined || this.#reported.has(release)) continue;
      const moving = approvals.of(by);
      const approval = pointers.approvalOf(release) ?? (moving?.release === release ? moving : null);
      // The first stable, and what was stable before the chain held approvals, has none.
      const reason =
        approval && (await unlessDamaged(() => reportAmiss(this.#stores, this.#chain.project, approval)));
      if (reason !== null) return `release ${short(release)}: its report: ${reason}`;
      this.#reported.add(release);
    }
    return null;
  }
}
