import type {AuditEntry} from '../../../../schemas/audit.ts';
import type {AuditFact} from '../../../../stores/audit/audit.ts';
import type {MemoryStore} from '../../../stores/memory-store.ts';

const NOW = new Date().toISOString();
const chains = new WeakMap<object, AuditEntry[]>();

/**
 * What a move needs of the audit chain – append once, read, look back from the end – as a list beside the objects, without hashes and
 * heads: ten thousand schedules would spend most of their time on those, which have their own tests.
 */
export class LightChain {
  readonly #entries: AuditEntry[];
  readonly #project: string;

  constructor(store: MemoryStore, project: string, first: readonly AuditEntry[]) {
    this.#project = project;
    const known = chains.get(store.objects);
    this.#entries = known ?? [...first];
    if (known === undefined) chains.set(store.objects, this.#entries);
  }

  append(
    {kind, actor, data, at = NOW}: AuditFact,
    unless?: (entry: AuditEntry) => 'skip' | 'stop' | 'look',
  ): Promise<AuditEntry> {
    for (const entry of unless === undefined ? [] : this.#entries.toReversed()) {
      const answer = unless!(entry);
      if (answer === 'skip') return Promise.resolve(entry);
      if (answer === 'stop') break;
    }
    const seq = this.#entries.length;
    const entry = {
      v: 1 as const,
      seq,
      prev: '',
      hash: '',
      at,
      project: this.#project,
      kind,
      actor,
      data: {...data},
    };
    this.#entries.push(entry);
    return Promise.resolve(entry);
  }

  entry(seq: number): Promise<AuditEntry | null> {
    return Promise.resolve(this.#entries[seq] ?? null);
  }

  async *entries({from = 0}: {readonly from?: number} = {}): AsyncGenerator<AuditEntry, void, undefined> {
    yield* this.#entries.slice(from);
  }

  last(): Promise<AuditEntry | null> {
    return Promise.resolve(this.#entries.at(-1) ?? null);
  }
}
