import {parseMail, type MailParse} from './parse-mail.ts';

/** Fields of which a text that is a whole mail has at least one before its first empty line. */
const HEADER =
  /^(?:From|To|Subject|Date|Received|Return-Path|Message-ID|MIME-Version|Content-Type|Delivered-To|X-[\w-]+):/im;
const STARTS_AS_MAIL = /^\s*(?:From \S+ |[A-Za-z][A-Za-z0-9-]{1,60}:)/;

/**
 * A mail in any of the forms it comes in: the bytes of an RFC 5322 message; the same as a string; plain text without a
 * header, which is a body; `{subject, body}`, parsed by whoever sends it.
 */
export async function readMail(raw: unknown): Promise<MailParse> {
  if (raw instanceof Uint8Array) return parseMail(raw);
  if (typeof raw === 'string') {
    const head = /^[^]*?(?:\r?\n){2}/.exec(raw)?.[0] ?? raw;
    if (STARTS_AS_MAIL.test(raw) && HEADER.test(head)) return parseMail(bytesOf(raw));
    return {status: 'parsed', mail: {subject: '', body: raw, html: false, reply: false}};
  }
  const {subject, body} = (raw ?? {}) as {subject?: unknown; body?: unknown};
  if (typeof body !== 'string' || (subject !== undefined && subject !== null && typeof subject !== 'string'))
    return {
      status: 'malformed',
      reason: 'expected a mail: its bytes, or an object with the texts subject and body',
    };
  return {status: 'parsed', mail: {subject: subject ?? '', body, html: false, reply: false}};
}

/** A string that was read byte by byte (latin1) gives those bytes back; any other its UTF-8. */
function bytesOf(text: string): Uint8Array {
  const bytewise = /^[\0-\xff]*$/.test(text) && /[\x80-\xff]/.test(text) && !/charset="?utf-?8/i.test(text);
  return Buffer.from(text, bytewise ? 'latin1' : 'utf8');
}
