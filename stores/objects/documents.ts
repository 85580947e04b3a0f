import type {z} from 'zod';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {writtenByNewer} from '../../schemas/newer.ts';
import {backOff} from './back-off.ts';
import type {ObjectStore, PutCondition, PutResult} from './object-store.ts';

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

/** Reads and checks a JSON document; null if there is none. Throws DamagedDocument (an InvalidInput) for one that doesn't parse. */
export async function readDocument<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<Versioned<T> | null> {
  const found = await store.get(key);
  if (found === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(found.bytes));
  } catch (cause) {
    throw new DamagedDocument(`${key} in ${store.url} is not JSON: restore it`, {cause});
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const newer = writtenByNewer(json, result.error);
    if (newer !== null) throw new DamagedDocument(`${key} in ${store.url} was ${newer}`);
    const issue = result.error.issues[0];
    throw new DamagedDocument(
      `${key} in ${store.url}: ${issue?.path.join('.') || 'the document'}: ${issue?.message}; written by another version?`,
    );
  }
  return {value: result.data, etag: found.etag};
}

/** Checks a value against its schema and writes it as canonical JSON. */
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
 * Compare-and-swap: reads, lets `next` decide on what is there now, writes only if that is still there, else starts over.
 * `next` may be called several times and must not act; returning null leaves the document as it is.
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
    if ((await writeDocument(store, key, schema, value, condition)).status === 'written') return value;
    await backOff(attempt);
  }
  throw new RatchetError(
    ErrorType.PointerConflict,
    `${key} in ${store.url} changed under each of ${ATTEMPTS} attempts: too many writers at once; try again`,
  );
}
