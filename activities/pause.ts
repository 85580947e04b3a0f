import {setImmediate as turn} from 'node:timers/promises';
import type {Pause} from '../core/curation/pause.ts';
import type {Activity} from './context.ts';

/** A long computation holds up this process for so long at a time: heartbeats come every 2 s and time out after 12. */
const BLOCK_MS = 50;

/**
 * For work that computes for seconds on end: every 50 ms it lets timers and the network have their turn, so that the
 * activity's heartbeats go out and its cancellation comes in. Throws where the activity is cancelled.
 */
export function pauses(activity: Pick<Activity, 'signal'>): Pause {
  let since = performance.now();
  return () => {
    if (performance.now() - since < BLOCK_MS) return;
    return turn().then(() => {
      since = performance.now();
      activity.signal.throwIfAborted();
    });
  };
}
