import type {Finding, Recogniser} from './recogniser.ts';

/** RFC 5321 4.5.3.1: octets of a local part and of a domain. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;

const LOCAL = /[\p{L}\p{N}._%+'~#$!*^{}|=-]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;
/** A last label is letters, or punycode. */
const DOMAIN_NAME =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,12}(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})$/iu;
const DOMAIN_LITERAL = /\[(?:IPv6:)?[0-9a-f.:]{2,45}\]/iy;

/** A quoted local part (RFC 5321 4.1.2) with its `@`, as it ends. */
const QUOTED = /"[^"\n<>]{1,64}"$/;
/** `@`, also as a URL encodes it. */
const AT = /@|%40/g;
/** What a URL encodes between an address and what stands before it: space, quotes, `,`, `:`, `;`, `<`, `=`, `>`. */
const ENCODED_LEAD = /^.*%(?:20|22|27|2c|3[a-e])/i;

/** E-mail addresses (RFC 5321 dot-atoms, internationalised ones, domain literals); not Message-IDs, which look alike. */
export const email: Recogniser<'email'> = {
  entity: 'email',
  words: 'an e-mail address',
  hint: /@|%40/,
  grouped: false,
  inIds: true,
  find(text) {
    const findings: Finding[] = [];
    const ids = messageIds(text);
    let free = 0;
    let id = 0;
    for (const {index: at, 0: sign} of text.matchAll(AT)) {
      const start = localStart(text, at, free);
      const domain = at + sign.length;
      const end = start < at ? domainEnd(text, domain) : domain;
      if (end === domain) continue;
      const local = text.slice(start, at);
      while (id < ids.length && ids[id]!.end <= at) id++;
      const named = id < ids.length && ids[id]!.start <= at;
      if (
        MESSAGE_ID.some((pattern) => pattern.test(local)) ||
        (named && (ids[id]!.sure || !PERSONAL.test(local)))
      )
        continue;
      const address = `${local}@${text.slice(domain, end)}`;
      findings.push({start, end, value: address.normalize('NFC').toLowerCase()});
      free = end;
    }
    return findings;
  },
};

function localStart(text: string, at: number, free: number): number {
  if (text[at - 1] === '"') {
    const quoted = QUOTED.exec(text.slice(Math.max(free, at - MAX_LOCAL - 2), at));
    return quoted ? at - quoted[0].length : at;
  }
  let start = at;
  while (start > free && at - start < MAX_LOCAL && LOCAL.test(text[start - 1]!)) start--;
  let local = text.slice(start, at);
  const assignment = local.lastIndexOf('=');
  // `?to=ann@…` names a parameter; `bounce-ann=…` is a bounce address with another one in it.
  const bounce =
    assignment > 0 && /[-+]/.test(local.slice(0, assignment)) && !/[?&;]/.test(text[start - 1] ?? '');
  if (assignment !== -1 && !bounce) start += assignment + 1;
  local = text.slice(start, at);
  if (local.includes('%')) start += ENCODED_LEAD.exec(local)?.[0].length ?? 0;
  local = text.slice(start, at);
  const lead = /^[^\p{L}\p{N}_]{0,64}/u.exec(local)![0].length;
  return start + lead;
}

/** `from` itself if there is no domain. */
function domainEnd(text: string, from: number): number {
  if (text[from] === '[') {
    DOMAIN_LITERAL.lastIndex = from;
    return DOMAIN_LITERAL.test(text) ? DOMAIN_LITERAL.lastIndex : from;
  }
  let end = from;
  while (end < text.length && end - from < MAX_DOMAIN && DOMAIN.test(text[end]!)) end++;
  while (end > from && /[.-]/.test(text[end - 1]!)) end--;
  if (text[end] === '@') return from;
  return DOMAIN_NAME.test(text.slice(from, end)) ? end : from;
}

/** Local parts as mail programs make them up: a time stamp, Outlook's dollars, Exim's, Pine's, JavaMail's, a UUID. */
const MESSAGE_ID = [
  /^\d{14}[.\w-]*$/,
  /^[\w.+-]*\$[0-9a-f]{4,}\$[\w.$+-]*$/i,
  // Exim's time stamp in base 62 begins with 1 until 2028, and with 2 until 2057.
  /^E[12][0-9A-Za-z]{5}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}$/,
  /^Pine\.[A-Z0-9]{2,5}\.\d[\w.-]*$/i,
  /^\d{5,12}\.\d{5,}\.JavaMail\.[\w.+-]*$/i,
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
];
/** Words, with a few digits at most behind them: what people call themselves, and programs never an id. */
const PERSONAL = /^\p{L}+(?:[._+'-]\p{L}+)*\d{0,4}$/u;
const ID_FIELD =
  /\b(message-?id|msg-?id|in-reply-to|references|content-id|mid:|cid:|news:|selm=|threadm=)(?: ?[:=])? ?/gi;
const BRACKETED = /\s{0,3}<[^<>\s]{1,250}>/y;
const BARE = /[^\s<>,;]{3,250}/y;
const MAX_IDS = 64;

interface Stretch {
  readonly start: number;
  readonly end: number;
  /** Only ids stand in a Message-ID; behind the others people name persons, too. */
  readonly sure: boolean;
}

/** Stretches behind the header fields, URL schemes and parameters of news archives that hold message ids. */
function messageIds(text: string): Stretch[] {
  const stretches: Stretch[] = [];
  for (const match of text.matchAll(ID_FIELD)) {
    const start = match.index + match[0].length;
    let end = start;
    for (let i = 0; i < MAX_IDS; i++) {
      BRACKETED.lastIndex = end;
      if (!BRACKETED.test(text)) break;
      end = BRACKETED.lastIndex;
    }
    // "References: ann@example.com" may well be a person's; only these fields name one id without brackets.
    if (end === start && /^(?:message|msg|content|mid|cid|news|selm|threadm)/i.test(match[1]!)) {
      BARE.lastIndex = start;
      if (BARE.test(text)) end = BARE.lastIndex;
    }
    if (end > start) stretches.push({start, end, sure: /^(?:message|msg|content)/i.test(match[1]!)});
  }
  return stretches;
}
