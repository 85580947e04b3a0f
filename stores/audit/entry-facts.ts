import {ActPayload} from '../../schemas/access.ts';
import {DecisionPayload} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {short} from '../../schemas/names.ts';

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

/** One line of plain facts: digests short, nested ones in the same line, cut at `width` characters; --json has the whole. */
function facts(data: Readonly<Record<string, unknown>>, width = 160): string {
  const text = Object.entries(data)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name} ${fact(value)}`)
    .join(', ');
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

function fact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(fact).join('; ')}]`;
  if (typeof value === 'object' && value !== null) return `(${facts({...value}, Infinity)})`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[0-9a-f]{64}$/.test(text) ? short(text) : text.replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}
