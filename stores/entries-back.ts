import type {AuditEntry} from '../schemas/audit.ts';
import type {AuditChain} from './audit.ts';

/** Entries that are read at once. */
const WINDOW = 32;
/** Clocks of two machines may differ by some minutes. */
const CLOCKS_MS = 15 * 60_000;

/** A chain's entries from its end backwards, down to those from before `since` (ms since the epoch). */
export async function* entriesBack(
  chain: AuditChain,
  since: number,
): AsyncGenerator<AuditEntry, void, undefined> {
  const last = await chain.last();
  if (last === null) return;
  const earliest = since - CLOCKS_MS;
  for (let end = last.seq; end >= 0; end -= WINDOW) {
    const wanted = Array.from({length: Math.min(WINDOW, end + 1)}, (_, i) => end - i);
    for (const entry of await Promise.all(wanted.map((seq) => chain.entry(seq)))) {
      if (entry === null) continue;
      if (Date.parse(entry.at) < earliest) return;
      yield entry;
    }
  }
}
