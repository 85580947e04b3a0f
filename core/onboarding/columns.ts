/** What a sample of a table shows of one column. */
export interface Column {
  readonly name: string;
  /** What most of its values are; `json` is text that holds an object or a list, `empty` a column without any value. */
  readonly kind: 'text' | 'number' | 'date' | 'boolean' | 'object' | 'list' | 'json' | 'empty';
  /** Rows that have a value. */
  readonly filled: number;
  /** Different values among them. */
  readonly distinct: number;
  /** Median length of a value, in characters of its text. */
  readonly chars: number;
  /** Length of the longest one. */
  readonly longest: number;
  /** Values with how often they occur, the most frequent first; at most 60 of them. */
  readonly values: readonly (readonly [value: string, rows: number])[];
  /** All values are conversations: lists of messages with a role. */
  readonly conversation: boolean;
  /** How well a text tells its values apart (`withToldBy`); missing where that was not looked at. */
  readonly told?: number;
}

/** A record of a source, before it is mapped to a row. */
export type SourceRecord = Readonly<Record<string, unknown>>;

/** The columns of these rows, in the order in which they first occur. */
export function describeColumns(rows: readonly SourceRecord[]): Column[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return [...names].map((name) => describe(name, rows));
}

/** Values kept to look at: a column with more different ones is no label. */
const MOST_VALUES = 60;

function describe(name: string, rows: readonly SourceRecord[]): Column {
  const values = rows.map((row) => readable(row[name])).filter((value) => !isEmpty(value));
  const texts = values.map(textOf);
  const often = new Map<string, number>();
  for (const text of texts) often.set(text, (often.get(text) ?? 0) + 1);
  const lengths = texts.map((text) => text.length).sort((a, b) => a - b);
  return {
    name,
    kind: kindOf(values),
    filled: values.length,
    distinct: often.size,
    chars: lengths[Math.floor(lengths.length / 2)] ?? 0,
    longest: lengths.at(-1) ?? 0,
    values: [...often].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_VALUES),
    conversation: values.length > 0 && values.every((value) => isConversation(parsed(value))),
  };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** Older writers of Parquet do not say that a column holds text. */
function readable(value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
}

/** A value as the text that a row would hold of it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : JSON.stringify(value);
}

function kindOf(values: readonly unknown[]): Column['kind'] {
  const often = new Map<Column['kind'], number>();
  for (const value of values) {
    const kind = kindOfOne(value);
    often.set(kind, (often.get(kind) ?? 0) + 1);
  }
  const [first] = [...often].sort((a, b) => b[1] - a[1]);
  return first?.[0] ?? 'empty';
}

function kindOfOne(value: unknown): Column['kind'] {
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'string') return Array.isArray(value) ? 'list' : 'object';
  if (/^[-+]?\d+([.,]\d+)?$/.test(value.trim())) return 'number';
  if (/^\d{4}-\d{2}-\d{2}([T ][\d:.+Z-]*)?$|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$/.test(value.trim()))
    return 'date';
  if (/^(true|false)$/i.test(value.trim())) return 'boolean';
  return typeof parsed(value) === 'string' ? 'text' : 'json';
}

/** A text that holds a JSON object or list, as that; anything else as it is. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isConversation(value: unknown): boolean {
  const list: unknown = Array.isArray(value) ? value : (value as {messages?: unknown} | null)?.messages;
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((item: unknown) => typeof (item as {role?: unknown} | null)?.role === 'string')
  );
}
