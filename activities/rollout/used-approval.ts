import type {Holder} from '../../core/rollout/moves.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import type {AuditChain} from '../../stores/audit.ts';
import {moveOf} from '../../stores/pointer-history.ts';

/**
 * What became of an approval, by the moves behind its end in the chain (`since`, an entry's seq): null while it opens this
 * execution of its rollout. An approval opens one execution, and that one until it ends; whether it ended as stable, was
 * taken back, rolled back, or was cancelled before it was open makes no difference. A rollout that somebody started before
 * anybody approved was refused, and uses nothing up.
 */
export async function usedApproval(chain: AuditChain, me: Holder, since: number): Promise<string | null> {
  for (let at = await chain.last(); at !== null && at.seq > since; at = await chain.entry(at.seq - 1)) {
    const reason = usedBy(at, me);
    if (reason !== null) return reason;
  }
  return null;
}

function usedBy(entry: AuditEntry, {by, execution}: Holder): string | null {
  const move = moveOf(entry);
  if (move === null) return null;
  const {rollout, ends} = move;
  const at = `move ${move.seq}, ${move.why}`;
  if (ends?.by === by) return `its rollout has ended (${at})`;
  if (rollout?.by === by && rollout.execution !== execution)
    return `another execution of its rollout was opened by it (${at})`;
  // A former version wrote none of this.
  return move.by === by && rollout === undefined && ends === undefined
    ? `its rollout was under way before (${at})`
    : null;
}
