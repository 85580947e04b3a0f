const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const IPV4_LOOPBACK = new RegExp(`^127(?:\\.${BYTE}){3}$`);

/**
 * Whether only processes of this machine reach what listens on this host: localhost, 127.0.0.0/8, ::1. A name that could be
 * anything is beyond it.
 */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    IPV4_LOOPBACK.test(host) ||
    (host.includes(':') && hostOf(`http://[${host}]`) === '::1')
  );
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
