/**
 * Called between two pieces of long work, each well under a millisecond; may wait. Work that never does holds up everything
 * else of its process: heartbeats, cancellation.
 */
export type Pause = () => Promise<void> | void;
