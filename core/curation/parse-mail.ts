import PostalMime, {type Email} from 'postal-mime';
import {withoutTextBehindBase64} from './base64-parts.ts';
import {htmlToPlain} from './html.ts';
import {plainMail} from './plain-mail.ts';

export interface ParsedMail {
  readonly subject: string;
  /** The text part, or the text of the HTML part where there is no other. Lines end in \n. */
  readonly body: string;
  /** The mail has an HTML part. */
  readonly html: boolean;
  /** In-Reply-To or References is there: not the first of its thread. */
  readonly reply: boolean;
}
export type MailParse =
  | {readonly status: 'parsed'; readonly mail: ParsedMail}
  | {readonly status: 'malformed'; readonly reason: string};

/** A header field's name is printable ASCII without colon (RFC 5322 2.2). */
const FIELD = /^[!-9;-~]+[ \t]*:/;
const MULTIPART = /^multipart\//i;
const BOUNDARY = /;\s*boundary\s*=/i;
/** MIME parts nested deeper than this are refused rather than followed. */
const LIMITS = {maxNestingDepth: 64, maxHeadersSize: 1 << 20, maxRfc822NestingDepth: 4};
/** Characters that could not be decoded, above this share of the text, make a mail undecodable. */
const MAX_REPLACED = 0.1;
/** Text parts with fewer visible characters stand in for an HTML part ("This mail needs HTML"), not for the content. */
const MIN_TEXT = 20;

/**
 * Subject and text of an RFC 5322 message (also as an mbox holds it, after a `From ` line). Broken MIME is read as far as
 * it goes; text without a charset is UTF-8 where it is valid, else what its HTML names, else Windows-1252.
 */
export async function parseMail(raw: Uint8Array): Promise<MailParse> {
  const bytes = withoutTextBehindBase64(withoutEnvelope(withLineFeeds(raw)));
  if (bytes.length === 0) return malformed('the message is empty');
  const plain = plainMail(bytes);
  if (plain !== null) return {status: 'parsed', mail: {...plain, html: false}};
  let email: Email;
  try {
    email = await new PostalMime(LIMITS).parse(bytes);
    const declared = holdsReplacement(email) ? withCharset(bytes) : null;
    if (declared !== null) email = await new PostalMime(LIMITS).parse(declared);
  } catch (error) {
    return malformed(`the message cannot be parsed: ${(error as Error).message.slice(0, 80)}`);
  }
  if (!email.headerLines.some(({line}) => FIELD.test(line))) return malformed('there is no header field');
  if (MULTIPART.test(typeOf(email)) && !BOUNDARY.test(typeOf(email)))
    return malformed('it has several parts, but its Content-Type names no boundary between them');
  const subject = email.subject?.includes('\ufffd')
    ? subjectFromBytes(bytes, email.subject)
    : (email.subject ?? '');
  const body = visible(email.text ?? '', MIN_TEXT) ? email.text! : fromHtml(email);
  if (body === null) return malformed('the elements of its HTML nest too deep to be read');
  const replaced = share(body, '\ufffd');
  if (replaced > MAX_REPLACED)
    return malformed(`${Math.round(100 * replaced)} % of the text cannot be decoded`);
  if (body.includes('\0') && share(body, '\0') > MAX_REPLACED) return malformed('the text is binary');
  return {
    status: 'parsed',
    mail: {
      subject,
      body,
      html: email.html !== undefined && email.html !== '',
      reply: email.inReplyTo !== undefined || email.references !== undefined,
    },
  };
}

function typeOf(email: Email): string {
  return email.headers.find(({key}) => key === 'content-type')?.value.trim() ?? '';
}

function fromHtml(email: Email): string | null {
  return email.html ? htmlToPlain(email.html) : (email.text ?? '');
}

function malformed(reason: string): MailParse {
  return {status: 'malformed', reason};
}

/** A message whose lines end with CR alone, as old Macs wrote them, with LF instead. */
function withLineFeeds(raw: Uint8Array): Uint8Array {
  if (raw.includes(0x0a) || !raw.includes(0x0d)) return raw;
  return raw.map((byte) => (byte === 0x0d ? 0x0a : byte));
}

/** Without the mbox line `From address date` and blank lines before the header. */
function withoutEnvelope(raw: Uint8Array): Uint8Array {
  let at = 0;
  const blank = (byte: number | undefined): boolean => byte === 0x0a || byte === 0x0d;
  while (blank(raw[at])) at++;
  const isFrom = [0x46, 0x72, 0x6f, 0x6d, 0x20].every((byte, i) => raw[at + i] === byte);
  if (isFrom) {
    const end = raw.indexOf(0x0a, at);
    at = end === -1 ? raw.length : end + 1;
  }
  return at === 0 ? raw : raw.subarray(at);
}

function visible(text: string, atLeast: number): boolean {
  let seen = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x20 && ++seen >= atLeast) return true;
  return false;
}

function share(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return text.length === 0 ? 0 : found / text.length;
}

function holdsReplacement(email: Email): boolean {
  return [email.subject, email.text, email.html].some((text) => text?.includes('\ufffd'));
}

const latin1 = {
  decode: (bytes: Uint8Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
};

const TEXT_FIELD = /^content-type:[ \t]*text\/(?:plain|html)\b[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gim;
const CHARSET = /charset\s*=\s*(?:3D)?["']?([\w.:-]{2,30})/i;

/**
 * The message with a charset for its text parts, where none of them names one: the one in its HTML's meta element, else
 * Windows-1252, which most undeclared text of the time is. Null where a part names one: then it is what the text is not.
 */
function withCharset(bytes: Uint8Array): Uint8Array | null {
  const text = latin1.decode(bytes);
  const fields = text.match(TEXT_FIELD) ?? [];
  if (fields.some((field) => CHARSET.test(field))) return null;
  const named = CHARSET.exec(text)?.[1] ?? '';
  const charset = isLabel(named) && !/^(?:utf-?8|us-ascii)$/i.test(named) ? named : 'windows-1252';
  const declared =
    fields.length > 0
      ? text.replace(TEXT_FIELD, (field) => `${field}; charset=${charset}`)
      : `Content-Type: text/plain; charset=${charset}\r\n${text}`;
  return Buffer.from(declared, 'latin1');
}

function isLabel(charset: string): boolean {
  try {
    return new TextDecoder(charset) !== null;
  } catch {
    return false;
  }
}

/** A subject whose 8-bit characters were not declared: in the charset that the message names for its text. */
function subjectFromBytes(bytes: Uint8Array, fallback: string): string {
  const head = latin1.decode(bytes.subarray(0, 1 << 16));
  const raw = /^Subject:[ \t]*(.{0,400})/im.exec(head);
  if (!raw || raw[1]!.includes('=?')) return fallback;
  const named = CHARSET.exec(head)?.[1] ?? '';
  // Each character of `head` is one byte.
  const at = raw.index + raw[0].length - raw[1]!.length;
  return new TextDecoder(isLabel(named) ? named : 'windows-1252')
    .decode(bytes.subarray(at, at + raw[1]!.length))
    .trim();
}
