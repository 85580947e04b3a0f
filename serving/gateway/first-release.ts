import {holderOf} from '../../core/rollout/moves.ts';
import type {Deployment} from '../../schemas/deployment.ts';

/** What a gateway does before any release was promoted: `base` answers by the base model, which no gate judged. */
export type BeforeFirstRelease = 'refuse' | 'base';

/**
 * Whether the base model stands alone: nothing was ever promoted, and no rollout is under way. During the first rollout the
 * base answers, since the candidate is compared with it; so it does where somebody went back to it.
 */
export function isBaseAlone(deployment: Deployment): boolean {
  return deployment.former.length === 0 && holderOf(deployment) === null;
}
