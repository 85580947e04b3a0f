import type {GatewayKey} from '../../schemas/gateway-key.ts';

/** `retiring`: still good, until the overlap of its rotation is over. */
export type KeyState = 'live' | 'retiring' | 'expired' | 'replaced' | 'revoked';

/**
 * When a key ends, in ms since the epoch: it is good before that, and not from then on. Infinity for one that never does,
 * −Infinity for a revoked one, which is no good whatever the clocks of two machines say.
 */
export function endOf({expires, replaced, revoked}: GatewayKey): number {
  if (revoked !== null) return -Infinity;
  return Math.min(...[expires, replaced?.until].map((at) => (at ? Date.parse(at) : Infinity)));
}

/** `now` in ms since the epoch. */
export function stateOf(key: GatewayKey, now: number): KeyState {
  if (key.revoked !== null) return 'revoked';
  if (key.expires !== null && now >= Date.parse(key.expires)) return 'expired';
  if (key.replaced === null) return 'live';
  return now >= Date.parse(key.replaced.until) ? 'replaced' : 'retiring';
}
