import type {Deployment} from '../../schemas/deployment.ts';
import {followedChain, type ChainStores} from './followed-chain.ts';
import {formerAfter} from './move-entry.ts';

/** Releases that have been stable, newest last. */
export interface FormerReleases {
  readonly all: readonly string[];
  /** Those that became stable by a permitted move: gateways answer by no other. */
  readonly permitted: readonly string[];
  /** Where a rollback that names none goes, nearest last: permitted ones alone, none that was rolled back from. */
  readonly back: readonly string[];
  /** The bare base model, if no gate ever judged it; null if one did, or it was never stable. */
  readonly ungated: string | null;
}

/** Which releases have been stable, by the audit chain, whatever the deployment says of it. Throws as FollowedChain.read(). */
export async function formerReleases(stores: ChainStores, current: Deployment): Promise<FormerReleases> {
  const {pointers} = await followedChain(stores, current.project).read();
  const {last, ungated} = pointers;
  const told = last !== null && last.seq === current.seq;
  const all = last === null ? [] : told ? last.former : formerAfter(last, current.stable);
  const fit = (release: string): boolean => pointers.unfit(release) === null;
  return {all, permitted: all.filter(fit), back: pointers.backFrom(current).filter(fit), ungated};
}
