/**
 * A worker that says nothing of an activity for so long has lost it to another: six beats at the slowest (workers send one
 * every 2 s). Of a worker that is stopped, not dead, Temporal may hand the next attempt to its poll that is still open: that
 * attempt is lost too, and both together must stay below half a minute.
 */
export const HEARTBEAT = '12 s';
