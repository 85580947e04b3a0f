/**
 * Node's flags for a gateway. It answers on one core, and so does its collector: V8's helping threads would take turns with the
 * answers, and a collection then waits for whichever of them the scheduler has set aside.
 */
export const GATEWAY_FLAGS: readonly string[] = ['--max-old-space-size=512', '--single-threaded-gc'];
