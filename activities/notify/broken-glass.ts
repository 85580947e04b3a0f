import {BREAK_GLASS, moveOf} from '../../stores/audit/move-entry.ts';
import {followedChain} from '../../stores/audit/followed-chain.ts';
import {brokenGlassNotice} from '../../core/notify/broken-glass.ts';
import type {ActivityContext} from '../context.ts';
import {tell, type Telling} from './tell.ts';

/** Longer ago it was told, or Temporal was away for days: whoever looks at the chain still sees it. */
const LATEST_MS = 2 * 86_400_000;

/**
 * Tells of each rollback by break-glass of the last two days, once: the notice is named by its entry. Whoever broke the glass
 * could not, where Temporal was down. A chain that cannot be read tells nothing, and holds up no look of the monitor.
 */
export async function tellOfBrokenGlass(
  {project, now}: {readonly project: string; readonly now: number},
  context: Telling & Pick<ActivityContext, 'stores'>,
): Promise<void> {
  const history = await followedChain(context.stores, project)
    .read()
    .catch(() => null);
  for (const {entry} of history?.alarms ?? []) {
    if (now - Date.parse(entry.at) > LATEST_MS) continue;
    const {by, why, stable} = moveOf(entry)!;
    const reason = why.slice(BREAK_GLASS.length);
    await tell(brokenGlassNotice({project, entry: entry.seq, at: entry.at, by, reason, stable}), context);
  }
}
