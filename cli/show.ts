import {ActPayload} from '../schemas/access.ts';
import {DecisionPayload} from '../schemas/approval.ts';
import type {AuditEntry} from '../schemas/audit.ts';
import {short} from '../schemas/names.ts';
import {visibleLine} from '../telemetry/visible.ts';

/** `2002-12-03 11:46:36Z`, `–` for none. */
export function time(iso: string | null | undefined): string {
  return iso ? `${iso.slice(0, 19).replace('T', ' ')}Z` : '–';
}

/** `0.4 s`, `12 s`, `2 min 05 s`, `1 h 03 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1,234` */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** `0.000012 USD`: three significant digits, never an exponent. */
export function cost(amount: number, currency: string): string {
  return `${amount.toLocaleString('en-US', {maximumSignificantDigits: 3})} ${currency}`;
}

/** The short form of a digest, `–` for none. */
export function digest(of: string | null | undefined): string {
  return of ? short(of) : '–';
}

/** `ham 12, spam 3` */
export function counts(of: Readonly<Record<string, number>>): string {
  const entries = Object.entries(of).map(([name, n]) => `${name} ${count(n)}`);
  return entries.length > 0 ? entries.join(', ') : 'none';
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** One line of plain facts: digests short, nested ones in the same line, cut at `width` characters; --json has the whole. */
export function facts(data: Readonly<Record<string, unknown>>, width = 160): string {
  const text = Object.entries(data)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name} ${fact(value)}`)
    .join(', ');
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

/** One line of what an audit entry says, without what is for machines; of what was signed: what it is about, and the comment. */
export function entryFacts({kind, data}: Pick<AuditEntry, 'kind' | 'data'>): string {
  const {
    document: _document,
    once: _once,
    signed,
    payload,
    signature: _signature,
    publicKey: _key,
    ...rest
  } = data;
  const act = ActPayload.safeParse((signed as {payload?: unknown} | undefined)?.payload).data;
  const decision = DecisionPayload.safeParse(payload).data;
  const said = {
    ...(act && {...act.about, comment: act.comment}),
    ...(decision && {action: decision.action, release: decision.digests.release, comment: decision.comment}),
  };
  // What changed of the gates is there to be read whole.
  return facts({...said, ...rest}, kind === 'policy' ? Infinity : undefined);
}

function fact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(fact).join('; ')}]`;
  if (typeof value === 'object' && value !== null) return `(${facts({...value}, Infinity)})`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[0-9a-f]{64}$/.test(text) ? short(text) : visibleLine(text);
}
