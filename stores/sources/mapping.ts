import {isUtf8} from 'node:buffer';
import {readTime} from '../../core/curation/time.ts';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import type {ProjectConfig, Source} from '../../schemas/project.ts';

export type MappedRecord = {
  /** The source's own id; undefined where it has no id column. */
  readonly id: string | undefined;
  readonly label: string | undefined;
  /** What its group is called; undefined where it has none. */
  readonly group: string | undefined;
  /** Milliseconds since 1970; undefined where no column tells it. */
  readonly time: number | undefined;
  /** What the input transform takes. */
  readonly content: unknown;
};
type SourceRecord = Readonly<Record<string, unknown>>;

/** Fields that the input transform of this format reads. */
export function inputFields(input: ProjectConfig['input']): readonly string[] {
  switch (input.format) {
    case 'mail':
      return ['subject', 'body'];
    case 'record':
      return input.fields;
    case 'text':
      return ['text'];
    case 'chat':
      return ['messages'];
  }
}

/** What says how a source's columns are read. */
type MappedSource = Pick<Source, 'name' | 'label' | 'fields'>;

/** Columns that rows are split by; a source's `fields` may call them otherwise. */
export type SplitColumns = Pick<ProjectConfig['curation']['split'], 'group' | 'time'>;

/** Names of the sources that say where their labels are. */
export function labelledSources({
  sources,
  input,
}: {
  readonly sources: readonly MappedSource[];
  readonly input: ProjectConfig['input'];
}): ReadonlySet<string> {
  return new Set(
    sources.filter((source) => new Mapping(source, input).hasLabel).map((source) => source.name),
  );
}

/**
 * How a source's columns become a record: `fields` of the YAML says which column is which, names that it does not mention
 * are columns themselves. For mails, `raw` names a column that holds whole messages.
 */
export class Mapping {
  readonly #columns: Readonly<Record<string, string>>;
  readonly #source: MappedSource;
  readonly #input: ProjectConfig['input'];
  readonly #group: string | undefined;
  readonly #time: string | undefined;

  constructor(source: MappedSource, input: ProjectConfig['input'], {group, time}: SplitColumns = {}) {
    this.#columns = source.fields ?? {};
    this.#source = source;
    this.#input = input;
    this.#group = group && (this.#columns[group] ?? group);
    this.#time = time && (this.#columns[time] ?? time);
  }

  /** Columns that a source of rows must have. */
  get required(): readonly string[] {
    const raw = this.#columns.raw;
    const fields =
      raw === undefined ? inputFields(this.#input).map((name) => this.#columns[name] ?? name) : [raw];
    // A mail need not have a subject.
    const needed =
      this.#input.format === 'mail' && !this.#columns.subject
        ? fields.filter((f) => f !== 'subject')
        : fields;
    const split = [this.#group, this.#time].filter((column) => column !== undefined);
    return [...new Set([...needed, ...Object.values(this.#columns), ...split])];
  }

  /** Columns that map() looks at, where a record has them. */
  get columns(): readonly string[] {
    const fields = inputFields(this.#input).map((name) => this.#columns[name] ?? name);
    return [...new Set([...this.required, ...fields])];
  }

  /** The label, trimmed; undefined where the source gives none. */
  map(value: Uint8Array | SourceRecord): MappedRecord {
    if (value instanceof Uint8Array) {
      const [id, group, time] = [undefined, undefined, undefined];
      return {id, label: this.#source.label, group, time, content: value};
    }
    const {id, label, raw} = this.#columns;
    return {
      id: id === undefined ? undefined : asText(value[id]),
      label: this.#source.label ?? (label === undefined ? undefined : asLabel(value[label])),
      group: this.#group === undefined ? undefined : asText(value[this.#group]),
      time: this.#time === undefined ? undefined : (readTime(decoded(value[this.#time])) ?? undefined),
      content: raw === undefined ? this.#content(value) : value[raw],
    };
  }

  get hasId(): boolean {
    return this.#columns.id !== undefined;
  }

  /** The column that tells when a record was made. */
  get timeColumn(): string | undefined {
    return this.#time;
  }

  /** The source names where labels are, so a record without one is incomplete. */
  get hasLabel(): boolean {
    return this.#source.label !== undefined || this.#columns.label !== undefined;
  }

  #content(value: SourceRecord): unknown {
    const parts = inputFields(this.#input).map((name) => [name, decoded(value[this.#columns[name] ?? name])]);
    const content = Object.fromEntries(parts) as Record<string, unknown>;
    if (this.#input.format === 'chat' && typeof content.messages === 'string')
      return {messages: parsed(content.messages)};
    return content;
  }
}

function asText(given: unknown): string | undefined {
  const value = decoded(given);
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim().toWellFormed();
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : undefined;
}

/** What is to be extracted may be JSON itself: then its text, keys in their order, is the reference. */
function asLabel(given: unknown): string | undefined {
  const value = decoded(given);
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
    ? nests(value, DEEPEST_LABEL)
      ? undefined
      : canonicalJson(sayable(value))
    : asText(value);
}

/** A label nests a few values deep: what goes beyond this is no label. */
const DEEPEST_LABEL = 64;

/** Whether values lie deeper in this one than `depth` others. */
function nests(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return depth === 0 || Object.values(value).some((one) => nests(one, depth - 1));
}

/**
 * As canonical JSON can say it: half a character is U+FFFD, a number that is none is null, bytes that are no text are base64.
 * Integers beyond 2^53 and dates come as texts.
 */
function sayable(given: unknown): unknown {
  const value = decoded(given);
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(sayable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toWellFormed(), sayable(one)]));
}

/** Older writers of Parquet do not say that a column holds text: bytes are one where they are UTF-8. */
function decoded(value: unknown): unknown {
  return value instanceof Uint8Array && isUtf8(value) ? Buffer.from(value).toString() : value;
}

/** Conversations in CSV and Parquet are JSON texts. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
