import type {Policy} from '../../schemas/access.ts';
import type {AuditEntry} from '../../schemas/audit.ts';

/** How long before its entry something may have been judged: by a policy that was replaced in between. */
const JUDGED_WITHIN_MS = 15 * 60_000;

interface Span {
  readonly policy: Policy;
  /** The entry that brought it into force. */
  readonly from: number;
  /** ms since the epoch: when the next one came; Infinity for the one in force. */
  readonly until: number;
}

/** Which policy was in force at which entry of the audit chain, read along with it. */
export class PoliciesInForce {
  #spans: Span[] = [];
  /** The latest time that any entry so far names, ms. */
  #latest = -Infinity;

  /** Behind each entry, with the policy in force from it on. */
  take(entry: AuditEntry, policy: Policy | null): void {
    const at = Date.parse(entry.at);
    const last = this.#spans.at(-1);
    if (policy !== null && policy !== last?.policy) {
      if (last !== undefined) this.#spans[this.#spans.length - 1] = {...last, until: at};
      this.#spans.push({policy, from: entry.seq, until: Infinity});
    }
    // What is dated ahead must not end the grace of others.
    if (at <= Date.now() + JUDGED_WITHIN_MS) this.#latest = Math.max(at, this.#latest);
  }

  get now(): Policy | null {
    return this.#spans.at(-1)?.policy ?? null;
  }

  /**
   * A time as far as it can be believed: an entry stands behind all before it, so it is hardly older than the latest of
   * those, whatever it says of itself.
   */
  believed(at: number): number {
    return Math.max(at, this.#latest - JUDGED_WITHIN_MS);
  }

  /** The policies that something entered now, at this time by its own word, may have been judged by: the present one first. */
  judging(at: number): Policy[] {
    const [now, before] = [this.#spans.at(-1), this.#spans.at(-2)];
    if (now === undefined) return [];
    if (before === undefined) return [now.policy];
    const late = Math.max(at, this.#latest) - before.until;
    return late > JUDGED_WITHIN_MS ? [now.policy] : [now.policy, before.policy];
  }

  /** All that were in force at an entry or behind it: the present one first. */
  since(seq: number): Policy[] {
    const first = this.#spans.findLastIndex(({from}) => from <= seq);
    return this.#spans
      .slice(Math.max(first, 0))
      .map(({policy}) => policy)
      .reverse();
  }
}
