import type {Finding, Recogniser} from './recogniser.ts';

const MAX_AUTHORITY = 512;
const AUTHORITY_END = /[/?#\s"'<>\\]/;
/** What stands before `://` (RFC 3986 3.1): `https`, `postgresql+psycopg2`, `s3`. */
const SCHEME = /[A-Za-z][A-Za-z0-9+.-]*$/;
const MAX_SCHEME = 40;

/** Names of URL parameters whose value opens a door, in lower case without `-`, `_` and `.`. */
const SECRET = new Set([
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'authtoken',
  'oauthtoken',
  'privatetoken',
  'csrftoken',
  'apitoken',
  'bearer',
  'jwt',
  'apikey',
  'xapikey',
  'accesskey',
  'secret',
  'secretkey',
  'clientsecret',
  'appsecret',
  'password',
  'passwd',
  'passwort',
  'pwd',
  'pass',
  'pw',
  'passphrase',
  'pin',
  'signature',
  'sig',
  'authorization',
  'xamzsignature',
  'xamzcredential',
  'xamzsecuritytoken',
  'awsaccesskeyid',
  'xgoogsignature',
  'xgoogcredential',
  'sessionid',
  'phpsessid',
  'jsessionid',
  'aspsessionid',
  'sessiontoken',
  'otp',
  'credentials',
  'subscriptionkey',
]);
/** Names that are secrets only where their value is long enough to be one. */
const SECRET_IF_LONG = new Set([
  'key',
  'auth',
  'code',
  'session',
  'sid',
  'ticket',
  'hash',
  'sas',
  'sessid',
  'access',
]);
const LONG = 16;

const PARAMETER = /[?&;#]([A-Za-z][A-Za-z0-9_.-]{0,39})=([^\s&"'<>#;]{1,2048})/g;

/** What lets one in, in a URL: `user:password@` before its host, and parameters that hold tokens, keys, passwords. */
export const urlCredentials: Recogniser<'url_credentials'> = {
  entity: 'url_credentials',
  words: 'an address with user and password',
  hint: /:\/\/|[?&;#][A-Za-z]/,
  grouped: false,
  inIds: false,
  find(text) {
    const findings: Finding[] = [];
    for (const {index: at} of text.matchAll(/:\/\//g)) {
      const start = at + 3;
      let end = start;
      let user = start;
      while (end < text.length && end - start < MAX_AUTHORITY && !AUTHORITY_END.test(text[end]!)) {
        if (text[end] === '@') user = end;
        end++;
      }
      if (user > start && end > user + 1 && SCHEME.test(text.slice(Math.max(0, at - MAX_SCHEME), at)))
        findings.push({start, end: user, value: text.slice(start, user)});
    }
    for (const match of text.matchAll(PARAMETER)) {
      const name = match[1]!.toLowerCase().replace(/[-_.]/g, '');
      const value = match[2]!.replace(/[.,:!?)\]]{1,8}$/, '');
      if (!SECRET.has(name) && !(SECRET_IF_LONG.has(name) && value.length >= LONG)) continue;
      if (value === '') continue;
      const start = match.index + match[0].length - match[2]!.length;
      findings.push({start, end: start + value.length, value});
    }
    return findings.sort((a, b) => a.start - b.start);
  },
};
