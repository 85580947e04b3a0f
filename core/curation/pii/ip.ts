import ipaddr from 'ipaddr.js';
import type {Finding, Recogniser} from './recogniser.ts';

const V4 = /(?<![\w.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\w)(\.\d{1,3}(?![\w.]))?(?!\.\d)/g;
const V6_FULL =
  /(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){6}(?:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?!\w|:|\.\d)/g;
/** Characters of an IPv6 address at most, as text (RFC 4291 with an embedded IPv4 address). */
const MAX_V6 = 45;

/** Words before four numbers with dots that make them a version. */
const VERSION =
  /(?:\b(?:versions?|vers?|v|releases?|rel|rev|revision|build|firmware|kernel|section|chapter|clause|patch|oid|fixed in|upgrade to)[\s.:#=(]{0,3}|[A-Za-z]\/|[A-Za-z]-)$/i;
/** A revision as CVS writes it: behind a file's name and a comma, or behind a date. */
const REVISION = /(?:\w,|[+-]\d{4}\s{1,2})$/;
const PACKAGE = /^(?:\.(?:tar|tgz|zip|rpm|deb|src|i[3-6]86|noarch|exe|jar|gz)\b|-\d{1,4}(?![\d.]))/i;
const NEAR = 16;
/** A network's length, a zone: part of how the address was written (RFC 4632, RFC 4007). */
const V4_BEHIND = /\/(?:3[0-2]|[12]?\d)(?![\w/])/y;
const V6_BEHIND = /(?:%[\w.-]{1,32})?(?:\/(?:12[0-8]|1[01]\d|[1-9]?\d)(?![\w/]))?/y;

function endBehind(text: string, end: number, pattern: RegExp): number {
  pattern.lastIndex = end;
  return pattern.test(text) ? pattern.lastIndex : end;
}

/** IPv4 addresses in dots, IPv6 addresses in every form of RFC 4291; not version numbers, times or MAC addresses. */
export const ip: Recogniser<'ip'> = {
  entity: 'ip',
  words: 'an IP address',
  hint: /\d\.\d|[0-9A-Fa-f:]:[0-9A-Fa-f:]/,
  grouped: false,
  inIds: false,
  find(text) {
    return [...v4(text), ...v6(text)].sort((a, b) => a.start - b.start);
  },
};

function v4(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const match of text.matchAll(V4)) {
    const start = match.index;
    const octets = match.slice(1, 5);
    const address = octets.join('.');
    const end = start + address.length;
    // Five numbers are a version or an object identifier, unless they begin as addresses do.
    if (match[5] !== undefined && Number(octets[0]) < 10) continue;
    if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0')))) continue;
    if (octets[0] === '0' && address !== '0.0.0.0') continue;
    if (VERSION.test(text.slice(Math.max(0, start - NEAR), start))) continue;
    if (octets[0] === '1' && REVISION.test(text.slice(Math.max(0, start - 8), start))) continue;
    if (PACKAGE.test(text.slice(end, end + 8))) continue;
    findings.push({start, end: endBehind(text, end, V4_BEHIND), value: address});
  }
  return findings;
}

function v6(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const match of text.matchAll(V6_FULL)) add(findings, text, match[0], match.index);
  let free = 0;
  for (let at = text.indexOf('::'); at !== -1; at = text.indexOf('::', Math.max(at + 2, free))) {
    let start = at;
    while (start > free && at - start < MAX_V6 && /[0-9A-Fa-f:]/.test(text[start - 1]!)) start--;
    let end = at + 2;
    while (end < text.length && end - at < MAX_V6 && /[0-9A-Fa-f:.]/.test(text[end]!)) end++;
    free = end;
    if (/[\w:.]/.test(text[start - 1] ?? '') || /\w/.test(text[end] ?? '')) continue;
    let token = text.slice(start, end).replace(/\.+$/, '');
    if (token.endsWith(':') && !token.endsWith('::')) token = token.slice(0, -1);
    const groups = token.split(':').filter((group) => group !== '');
    // `a::b` in a program is no address; `::` alone is nobody's.
    if (groups.length === 0 || (!/\d/.test(token) && groups.length < 3)) continue;
    add(findings, text, token, start);
  }
  return findings;
}

function add(findings: Finding[], text: string, token: string, start: number): void {
  if (!ipaddr.IPv6.isValid(token)) return;
  const end = endBehind(text, start + token.length, V6_BEHIND);
  findings.push({start, end, value: ipaddr.IPv6.parse(token).toString()});
}
