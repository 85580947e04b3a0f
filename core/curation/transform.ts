import type {InputTransform} from '../../schemas/release.ts';
import type {Message} from '../../schemas/row.ts';
import {readMessage} from './chat/read-message.ts';
import {scrubMessage, type MessageScrubs} from './chat/scrub-message.ts';
import {readMail} from './mail.ts';
import {normalise, type WhiteSpace} from './normalise.ts';
import type {Entity} from '../../schemas/names.ts';
import type {Lookups} from './pii/recogniser.ts';
import {entitiesInIds} from './pii/scrub-id.ts';
import {scrub, type ScrubOptions} from './pii/scrub.ts';
import {stripBody} from './strip/body.ts';
import {stripSubject} from './strip/subject.ts';

/**
 * Raise it when the transform, or how `core/prompts/render.ts` makes a prompt of its fields, gives other text: part of every
 * release. `test/stages/golden.test.ts` fails when text changes without it.
 */
export const TRANSFORM_VERSION = 2;

/** What the transform is configured with; a release's InputTransform is one. */
export type TransformConfig = Pick<InputTransform, 'format' | 'fields' | 'pii'>;

/** A record's own text, ready to be a row's. */
export interface Transformed {
  readonly fields: Readonly<Record<string, string>>;
  readonly messages?: Message[];
  readonly slices: readonly string[];
  /** All of it together, by which its language is told. */
  readonly text: string;
  /** Length of the text that counts: a mail's body, else all fields or messages together. */
  readonly chars: number;
  /** Personal data replaced, by entity. */
  readonly scrubbed: Readonly<Partial<Record<Entity, number>>>;
}
export type TransformResult =
  | {readonly status: 'ok'; readonly value: Transformed}
  | {readonly status: 'drop'; readonly rule: 'malformed'; readonly reason: string};

/**
 * The input transform: a raw record or request → the text that a model is shown. Curation runs every record through it and
 * the gateway every request, so training and serving see the same bytes; running it over its own output changes nothing.
 *
 * `raw`, by format: mail — the bytes of an RFC 5322 message, or a string or `{subject, body}` that holds a mail; record —
 * an object with the configured fields; text — a string or `{text}`; chat — messages, or `{messages}`.
 */
export async function transformRecord(
  raw: unknown,
  config: TransformConfig,
  key: Uint8Array,
): Promise<TransformResult> {
  switch (config.format) {
    case 'mail': {
      const mail = await readMail(raw);
      return mail.status === 'parsed' ? ok(transformMail(mail.mail, config, key)) : malformed(mail.reason);
    }
    case 'record':
      return transformFields(raw, config.fields, config, key);
    case 'text':
      return transformFields(typeof raw === 'string' ? {text: raw} : raw, ['text'], config, key);
    case 'chat':
      return transformChat(raw, config, key);
  }
}

/**
 * A request's content as a client sends it: a string, or an object. A string that holds a JSON object or array where the
 * format takes one is read as such.
 */
export async function transformRequest(
  content: string | object,
  config: TransformConfig,
  key: Uint8Array,
): Promise<TransformResult> {
  const raw =
    typeof content === 'string' && config.format !== 'text' ? (parsedJson(content) ?? content) : content;
  return transformRecord(raw, config, key);
}

function parsedJson(text: string): object | null {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    return JSON.parse(text) as object;
  } catch {
    return null;
  }
}

const ok = (value: Transformed): TransformResult => ({status: 'ok', value});
const malformed = (reason: string): TransformResult => ({status: 'drop', rule: 'malformed', reason});

/** Stripping may uncover more to strip (a signature under a footer); real mail settles in two rounds. */
const MAX_ROUNDS = 6;
const SHORT = 200;

function transformMail(
  mail: {subject: string; body: string; html: boolean; reply: boolean},
  config: TransformConfig,
  key: Uint8Array,
): Transformed {
  const counter = new Counter();
  let {subject, body} = mail;
  let reply = mail.reply;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const stripped = stripSubject(normalise(subject, 'lines').replaceAll('\n', ' '));
    reply ||= stripped.reply;
    const nextSubject = clean(stripped.subject, 'lines', config, key, counter);
    const nextBody = clean(
      shortenRules(stripBody(normalise(body, 'paragraphs'))),
      'lines',
      config,
      key,
      counter,
    );
    if (nextSubject === subject && nextBody === body) break;
    subject = nextSubject;
    body = nextBody;
  }
  const slices = [
    ...(reply ? [] : ['new-thread']),
    ...(mail.html ? ['html'] : []),
    ...(body.length < SHORT ? ['short'] : []),
    ...(counter.any ? ['pii'] : []),
  ];
  return {
    fields: {subject, body},
    text: `${subject}\n${body}`,
    slices,
    chars: body.length,
    scrubbed: counter.counts,
  };
}

/** Drawn lines and frames are as long as a page is wide, and say no more than a short one. */
function shortenRules(text: string): string {
  return text.replace(/([^\p{L}\p{N}\s<>])\1{4,}/gu, '$1$1$1');
}

function transformFields(
  raw: unknown,
  names: readonly string[],
  config: TransformConfig,
  key: Uint8Array,
): TransformResult {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return malformed(`expected an object with ${names.join(', ')}`);
  const counter = new Counter();
  const fields: Record<string, string> = {};
  for (const name of names) {
    const value = (raw as Record<string, unknown>)[name];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return malformed(`field "${name}" is ${value === undefined || value === null ? 'missing' : 'no text'}`);
    fields[name] = clean(String(value), 'paragraphs', config, key, counter);
  }
  const text = Object.values(fields).join('\n');
  return ok({
    fields,
    text,
    slices: counter.any ? ['pii'] : [],
    chars: text.length,
    scrubbed: counter.counts,
  });
}

function transformChat(raw: unknown, config: TransformConfig, key: Uint8Array): TransformResult {
  const list = Array.isArray(raw) ? (raw as unknown[]) : (raw as {messages?: unknown} | null)?.messages;
  if (!Array.isArray(list) || list.length === 0) return malformed('expected a list of messages');
  const counter = new Counter();
  const entities = config.pii as Entity[];
  const scrubs: MessageScrubs = {
    text: (text) => clean(text, 'layout', config, key, counter),
    value: (text) => counter.scrubbed(text, {entities, key}),
    id: (text) => counter.scrubbed(text, {entities: entitiesInIds(entities), key}),
  };
  const messages: Message[] = [];
  for (const [i, item] of (list as unknown[]).entries()) {
    const read = readMessage(item);
    if (read.status === 'malformed') return malformed(`message ${i + 1} ${read.reason}`);
    messages.push(scrubMessage(read.message, scrubs));
  }
  const text = messages.map((message) => textOf(message)).join('\n');
  return ok({
    fields: {},
    messages,
    text,
    slices: [
      ...(counter.any ? ['pii'] : []),
      ...(messages.some((message) => message.tool_calls) ? ['tools'] : []),
    ],
    chars: text.length,
    scrubbed: counter.counts,
  });
}

function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** Normalised, scrubbed, and normalised again, since a pseudonym may stand where white space was. */
function clean(
  text: string,
  whiteSpace: WhiteSpace,
  config: TransformConfig,
  key: Uint8Array,
  counter: Counter,
): string {
  const scrubbed = counter.scrubbed(normalise(text, whiteSpace), {entities: config.pii as Entity[], key});
  return normalise(scrubbed, whiteSpace);
}

/** Different numbers of one record that are looked up, over all its texts and rounds: twice what one text may. */
const MAX_LOOKUPS = 1000;

class Counter {
  readonly #lookups: Lookups = {left: MAX_LOOKUPS, known: new Map()};
  readonly counts: Partial<Record<Entity, number>> = {};

  get any(): boolean {
    return Object.keys(this.counts).length > 0;
  }

  /** The text scrubbed, and what was replaced counted. */
  scrubbed(raw: string, options: ScrubOptions): string {
    const {text, counts} = scrub(raw, {...options, lookups: this.#lookups});
    for (const [entity, n] of Object.entries(counts) as [Entity, number][])
      this.counts[entity] = (this.counts[entity] ?? 0) + n;
    return text;
  }
}
