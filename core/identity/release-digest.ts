import {short} from '../../schemas/names.ts';
import type {Release} from '../../schemas/release.ts';
import {digestOf} from './digest.ts';

/** A release without its name. */
export type ReleaseBody = Unnamed<Release>;
type Unnamed<R> = R extends unknown ? Omit<R, 'digest'> & {readonly digest?: string} : never;

/**
 * A release's name: sha256 over the canonical JSON of every field but `digest` itself and `parent` and `createdFrom`, which
 * tell where it came from, not what it is.
 */
export function releaseDigest(release: ReleaseBody): string {
  const {digest: _digest, parent: _parent, createdFrom: _createdFrom, ...identity} = release;
  return digestOf(identity);
}

/** What an engine calls an adapter: `mail@0123456789ab`, from the adapter's digest. */
export function adapterName(project: string, adapterDigest: string): string {
  return `${project}@${short(adapterDigest)}`;
}
