import type {z} from 'zod';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {writtenByNewer} from '../../schemas/newer.ts';
import {tolerant} from '../../schemas/tolerant.ts';
import {backOff} from './back-off.ts';
import type {ObjectStore, PutCondition, PutResult} from './object-store.ts';
import {parseJson} from './parse-json.ts';
import {explainError, firstOf} from '../../schemas/explain-issue.ts';

/** A JSON document as it was read, with the tag that a compare-and-swap needs. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string;
}

/** A document of the store that cannot be read: the call was fine, what is stored is not. */
export class DamagedDocument extends RatchetError {
  constructor(message: string, options?: {cause?: unknown}) {
    super(ErrorType.InvalidInput, message, options);
  }
}

/** Attempts of a compare-and-swap before it gives up: with 8 writers at once a few dozen are lost at worst. */
const ATTEMPTS = 200;

/**
 * Reads and checks a JSON document; null if there is none. Keys that a newer Ratchet added are kept, unless its schema fails closed.
 * Throws DamagedDocument (an InvalidInput) for one that doesn't parse.
 */
export async function readDocument<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<Versioned<T> | null> {
  const found = await store.get(key);
  if (found === null) return null;
  let json: unknown;
  try {
    json = parseJson(new TextDecoder().decode(found.bytes));
  } catch (cause) {
    throw new DamagedDocument(`${key} in ${store.url} is not JSON: restore it`, {cause});
  }
  const result = tolerant(schema).safeParse(json);
  if (!result.success) {
    const newer = writtenByNewer(json, schema);
    if (newer !== null) throw new DamagedDocument(`${key} in ${store.url} was ${newer}`);
    throw new DamagedDocument(
      `${key} in ${store.url}: ${explainError(firstOf(result.error), schema, 'the document')}; written by another version?`,
    );
  }
  return {value: result.data, etag: found.etag};
}

/** Checks a value against its schema, which takes no other keys, and writes it as canonical JSON. */
export function writeDocument<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
  value: T,
  condition?: PutCondition,
): Promise<PutResult> {
  return store.put(key, canonicalJson(schema.parse(value)), condition);
}

/**
 * What is written in the place of `read`: strict, but for keys that a newer Ratchet added and `next` carried over. Throws as
 * `schema.parse`.
 */
function carriedOver<T>(schema: z.ZodType<T>, value: T, read: T | null): T {
  const {success, data, error} = schema.safeParse(value);
  if (success) return data;
  const added = new Set(unknownKeys(read === null ? [] : (schema.safeParse(read).error?.issues ?? [])));
  if (unknownKeys(error.issues).some((key) => !added.has(key))) throw error;
  return tolerant(schema).parse(value);
}

/** Keys that issues call unknown, those of a union's options among them. */
function unknownKeys(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys;
    return issue.code === 'invalid_union' ? issue.errors.flatMap(unknownKeys) : [];
  });
}

/**
 * Compare-and-swap: reads, lets `next` decide on what is there now, writes only if that is still there, else starts over.
 * `next` may be called several times and must not act; returning null leaves the document as it is. Keys that a newer Ratchet
 * added stay where it carries them over (`{...current, …}`).
 * Throws PointerConflict when others keep winning.
 */
export async function swapDocument<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
  next: (current: T | null) => T | null | Promise<T | null>,
): Promise<T | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await readDocument(store, key, schema);
    const value = await next(found?.value ?? null);
    if (value === null) return null;
    const condition: PutCondition = found ? {ifMatch: found.etag} : {ifNoneMatch: '*'};
    const text = canonicalJson(carriedOver(schema, value, found?.value ?? null));
    if ((await store.put(key, text, condition)).status === 'written') return value;
    await backOff(attempt);
  }
  throw new RatchetError(
    ErrorType.PointerConflict,
    `${key} in ${store.url} changed under each of ${ATTEMPTS} attempts: too many writers at once; try again`,
  );
}
