import type {Deployment} from '../../schemas/deployment.ts';
import {followedChain, type ChainStores} from './followed-chain.ts';
import {formerAfter} from './pointer-history.ts';

/** Releases that have been stable, newest last. */
export interface FormerReleases {
  readonly all: readonly string[];
  /** Those that became stable by a permitted move: gateways answer by no other. */
  readonly permitted: readonly string[];
}

/** Which releases have been stable, by the audit chain, whatever the deployment says of it. Throws as FollowedChain.read(). */
export async function formerReleases(stores: ChainStores, current: Deployment): Promise<FormerReleases> {
  const {pointers} = await followedChain(stores, current.project).read();
  const {last} = pointers;
  const all = last === null ? [] : last.seq === current.seq ? last.former : formerAfter(last, current.stable);
  return {all, permitted: all.filter((release) => pointers.unfit(release) === null)};
}
