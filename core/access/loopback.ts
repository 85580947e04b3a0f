import {BlockList, isIP} from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether only processes of this machine reach what listens on this host. A name that could be anything is beyond it. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const version = isIP(host);
  return version !== 0 && LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/** A request's head, as node:http has it. */
export interface CallerHead {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/**
 * Whether a request to a server on loopback comes from this machine in its own right, and not from a page of another site in
 * its browser. Such a page names itself in `Origin`; where its name was made to resolve to 127.0.0.1 (DNS rebinding), in
 * `Host`. Who asks for no key has nothing else to tell them by.
 */
export function isLocalCaller({host, origin}: CallerHead): boolean {
  return (
    (host === undefined || isLocalName(hostOf(`http://${host}`))) &&
    (origin === undefined || isLocalName(hostOf(origin)))
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : '';
}

/** `*.localhost` is loopback by RFC 6761, whoever asks. */
function isLocalName(name: string): boolean {
  return isLoopback(name) || name.endsWith('.localhost');
}
