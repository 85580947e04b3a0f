import {isLocalCaller, type CallerHead} from '../core/access/loopback.ts';

/** By which names a browser may call this server. */
export interface OwnNames {
  /** It listens on loopback alone: then addresses of other machines are foreign, too. */
  readonly loopback: boolean;
  /** Names beside those of loopback: `ratchet.example.com`. */
  readonly names: readonly string[];
}

/**
 * Why a request is refused, by its head alone; null if it is not. A site whose name was made to resolve to this machine (DNS
 * rebinding) names itself in `Host`, and a page of another origin in `Origin`: neither may ask, with or without a cookie.
 */
export function foreignCaller({host, origin}: CallerHead, own: OwnNames): string | null {
  const name = nameIn(`http://${host ?? ''}`);
  if (name === null || !isOwn(name, own))
    return `this server does not answer as "${host ?? ''}": open it by the address that ratchet ui printed, or start it with --allow-host`;
  if (origin === undefined) return null;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url !== null && (url.host === host || url.host === new URL(`http://${host}`).host)) return null;
  return `pages of ${origin} may not ask here`;
}

function isOwn(name: string, {loopback, names}: OwnNames): boolean {
  if (isLocalCaller({host: name}) || names.includes(name)) return true;
  // An address is no name that could be made to resolve to this machine.
  return !loopback && (/^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith('['));
}

function nameIn(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}
