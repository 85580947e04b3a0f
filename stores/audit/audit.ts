import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {digestOf, sha256Hex} from '../../core/identity/digest.ts';
import {AuditEntry} from '../../schemas/audit.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {writtenByNewer} from '../../schemas/newer.ts';
import {tolerant} from '../../schemas/tolerant.ts';
import {z} from 'zod';
import {backOff} from '../objects/back-off.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {parseJson} from '../objects/parse-json.ts';

/** What happened; the chain adds v, seq, prev and hash. */
export interface AuditFact {
  readonly kind: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** ISO 8601; now if missing. */
  readonly at?: string;
}

export interface AuditBreak {
  readonly seq: number;
  readonly reason: string;
}
export interface AuditVerification {
  readonly entries: number;
  readonly breaks: readonly AuditBreak[];
  /** The last entry's hash, '' for an empty chain: kept elsewhere, it shows a later cut of the chain's end. */
  readonly head: string;
}

export const Head = z.strictObject({
  /** Missing in what 0.1.0 wrote first. */
  v: z.literal(1).optional(),
  seq: z.int().nonnegative(),
  hash: z.string(),
});
type Head = z.infer<typeof Head>;
/** An entry as it is read: keys that a newer Ratchet added are hashed with the others. */
const ReadEntry = tolerant(AuditEntry);
const ATTEMPTS = 500;
const READ_AHEAD = 32;
const MANY = 256;
const UTF8 = new TextDecoder();

/**
 * An append-only hash chain a project, one object an entry: `audit/PROJECT/000000000012.json`, create-only, so that of two
 * appends at once one takes the place and the other goes behind it. `audit-head/PROJECT.json` names the last entry: a hint
 * to find the end fast (it may lag behind, never lead), and the witness that the end has not been cut off. The second entry
 * is written only once there is a head, so that a chain of two without one has lost it.
 */
export class AuditChain {
  readonly project: string;
  readonly #store: ObjectStore;

  constructor(store: ObjectStore, project: string) {
    this.#store = store;
    this.project = project;
  }

  /**
   * Appends behind the present end. `unless` is asked of each entry from the end backwards before anything is written, and
   * again of those that came between: 'skip' = this fact is there already (that entry is returned), 'stop' = no need to look
   * further back. So one fact is written once, however many try.
   */
  async append(
    fact: AuditFact,
    unless?: (entry: AuditEntry) => 'skip' | 'stop' | 'look',
  ): Promise<AuditEntry> {
    let seen = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const {end, headed} = await this.#end();
      if (end !== null && !headed) {
        await this.#putHead(end);
        continue;
      }
      const length = end === null ? 0 : end.seq + 1;
      if (unless) {
        const already = await this.#lookBack(length, seen, unless);
        if (already) return already;
        seen = length;
      }
      const body = {
        v: 1 as const,
        seq: length,
        prev: end?.hash ?? '',
        at: fact.at ?? new Date().toISOString(),
        project: this.project,
        kind: fact.kind,
        actor: fact.actor,
        data: {...fact.data},
      };
      const entry: AuditEntry = {...body, hash: digestOf(body)};
      const result = await writeDocument(this.#store, this.#key(entry.seq), AuditEntry, entry, {
        ifNoneMatch: '*',
      });
      if (result.status === 'written') {
        await this.#moveHead(entry);
        return entry;
      }
      await backOff(Math.min(attempt, 5));
    }
    throw new RatchetError(
      ErrorType.PointerConflict,
      `the audit chain of ${this.project} in ${this.#store.url} grew under each of ${ATTEMPTS} attempts: try again`,
    );
  }

  async entry(seq: number): Promise<AuditEntry | null> {
    if (seq < 0) return null;
    return (await readDocument(this.#store, this.#key(seq), AuditEntry))?.value ?? null;
  }

  /** The last entry, null if the chain is empty or its end was cut off. */
  async last(): Promise<AuditEntry | null> {
    const {end} = await this.#end();
    return end && this.entry(end.seq);
  }

  /**
   * From the first to the last. Throws InvalidInput for what is no entry of this chain in its place, unless `damaged` is told
   * of it instead, and for what a newer version wrote.
   */
  async *entries({
    from = 0,
    damaged,
  }: {
    readonly from?: number;
    readonly damaged?: (key: string) => void;
  } = {}): AsyncGenerator<AuditEntry, void, undefined> {
    for await (const {key, text} of this.#texts(from)) {
      const {success, data: entry} = ReadEntry.safeParse(json(text));
      if (success && entry.project === this.project && this.#key(entry.seq) === key) {
        yield entry;
        continue;
      }
      const newer = success ? null : writtenByNewer(json(text), AuditEntry);
      if (newer === null && damaged !== undefined) damaged(key);
      else
        throw new RatchetError(
          ErrorType.InvalidInput,
          `${key} ${newer === null ? `is no audit entry of ${this.project}: run audit verify` : `was ${newer}`}`,
        );
    }
  }

  /**
   * Reads the whole chain once; names every entry that is missing, altered or not linked to the one before it, and what
   * `amiss` says of an entry's content. Throws what the store throws, e.g. Unavailable.
   */
  async verify(amiss: (entry: AuditEntry) => string | null = () => null): Promise<AuditVerification> {
    const breaks: AuditBreak[] = [];
    const head = await this.#witness();
    let expected = 0;
    let entries = 0;
    let prev: string | null = '';
    let witnessed: string | null = null;
    for await (const {key, text} of this.#texts(0)) {
      const seq = Number(key.slice(-'000000000000.json'.length, -'.json'.length));
      if (seq !== expected) {
        breaks.push({seq: expected, reason: gap(expected, seq - 1)});
        prev = null;
      }
      expected = seq + 1;
      entries += 1;
      const value = json(text);
      const parsed = ReadEntry.safeParse(value);
      if (!parsed.success) {
        const newer = writtenByNewer(value, AuditEntry);
        breaks.push({seq, reason: newer === null ? 'it is no audit entry' : `it was ${newer}`});
        // By its own word: what else it says this version cannot check either.
        if (newer !== null && head !== 'damaged' && head?.seq === seq)
          witnessed = String((value as {readonly hash?: unknown}).hash);
        prev = null;
        continue;
      }
      const {hash, ...body} = parsed.data;
      if (body.seq !== seq) breaks.push({seq, reason: `it says it is entry ${body.seq}`});
      if (body.project !== this.project)
        breaks.push({seq, reason: `it belongs to the project ${body.project}`});
      if (!hashesAsStored(text, value, hash)) {
        if (digestOf(body) !== hash)
          breaks.push({seq, reason: 'its content was altered: it no longer hashes to its hash'});
        else if (canonicalJson(parsed.data) !== text)
          breaks.push({seq, reason: 'it is not the text that was hashed, such as with a name twice'});
      }
      if (prev !== null && body.prev !== prev)
        breaks.push({seq, reason: 'it is not linked to the entry before it'});
      const reason = amiss(parsed.data);
      if (reason !== null) breaks.push({seq, reason});
      if (head !== 'damaged' && head?.seq === seq) witnessed = hash;
      prev = hash;
    }
    const unknown = 'whether the end was cut off cannot be told';
    if (head === 'damaged')
      breaks.push({seq: expected, reason: `${this.#headKey()} cannot be read: ${unknown}`});
    else if (head === null) {
      // Asked again: the first entries may have come since.
      if (entries > 1 && (await this.#witness()) === null)
        breaks.push({seq: expected, reason: `${this.#headKey()} is gone: ${unknown}`});
    } else if (head.seq >= expected)
      breaks.push({seq: expected, reason: `${gap(expected, head.seq)}: the end was cut off`});
    else if (witnessed !== head.hash)
      breaks.push({seq: head.seq, reason: 'it is not the entry that was appended there'});
    return {entries, breaks, head: prev ?? ''};
  }

  /**
   * Where the chain ends: the head's entry and what came behind it. If that entry is gone, the chain goes on behind it all
   * the same, so that what was cut off stays missing instead of being filled again.
   */
  async #end(): Promise<{readonly end: Head | null; readonly headed: boolean}> {
    const head = (await readDocument(this.#store, this.#headKey(), Head))?.value ?? null;
    let end = head && ((await this.entry(head.seq)) ?? head);
    for (;;) {
      const next = await this.entry(end === null ? 0 : end.seq + 1);
      if (next === null) return {end, headed: head !== null};
      end = next;
    }
  }

  /**
   * A head where there is none. Behind one entry its writer may have died before it; behind more it was taken away, and
   * what with it nobody knows: the head then names an entry that is not there, and stays missed.
   */
  async #putHead(end: Head): Promise<void> {
    const head = end.seq === 0 ? {seq: 0, hash: end.hash} : {seq: end.seq + 1, hash: ''};
    await writeDocument(this.#store, this.#headKey(), Head, head, {ifNoneMatch: '*'});
  }

  async #witness(): Promise<Head | 'damaged' | null> {
    try {
      return (await readDocument(this.#store, this.#headKey(), Head))?.value ?? null;
    } catch (error) {
      if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) return 'damaged';
      throw error;
    }
  }

  async #lookBack(
    length: number,
    seen: number,
    unless: (entry: AuditEntry) => 'skip' | 'stop' | 'look',
  ): Promise<AuditEntry | null> {
    for (let seq = length - 1; seq >= seen; seq -= 1) {
      const entry = await this.entry(seq);
      const answer = entry === null ? 'look' : unless(entry);
      if (answer === 'skip') return entry;
      if (answer === 'stop') return null;
    }
    return null;
  }

  async *#texts(from: number): AsyncGenerator<{key: string; text: string}, void, undefined> {
    const folder = `audit/${keySegment(this.project)}/`;
    const options = from > 0 ? {after: this.#key(from - 1)} : {};
    const ahead: Promise<{key: string; text: string}[]>[] = [];
    const start = (keys: readonly string[]): void => {
      const reading = this.#read(keys);
      reading.catch(() => {}); // awaited below; a failure must not count as unhandled until then
      ahead.push(reading);
    };
    const [size, most] = this.#store.getTexts ? [MANY, 1] : [1, READ_AHEAD];
    let keys: string[] = [];
    for await (const key of this.#store.list(folder, options)) {
      keys.push(key);
      if (keys.length < size) continue;
      start(keys);
      keys = [];
      if (ahead.length >= most) yield* await ahead.shift()!;
    }
    if (keys.length > 0) start(keys);
    for (const reading of ahead) yield* await reading;
  }

  async #read(keys: readonly string[]): Promise<{key: string; text: string}[]> {
    const store = this.#store;
    const text = async (key: string): Promise<string> => {
      const found = await store.get(key);
      return found ? UTF8.decode(found.bytes) : '';
    };
    const texts = (await store.getTexts?.(keys)) ?? (await Promise.all(keys.map(text)));
    return keys.map((key, i) => ({key, text: texts[i] ?? ''}));
  }

  async #moveHead(entry: AuditEntry): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await readDocument(this.#store, this.#headKey(), Head);
      if (found && found.value.seq >= entry.seq) return;
      const next: Head = {v: 1, seq: entry.seq, hash: entry.hash};
      const condition = found ? {ifMatch: found.etag} : {ifNoneMatch: '*' as const};
      if ((await writeDocument(this.#store, this.#headKey(), Head, next, condition)).status === 'written')
        return;
      await backOff(Math.min(attempt, 5));
    }
  }

  #key(seq: number): string {
    return `audit/${keySegment(this.project)}/${String(seq).padStart(12, '0')}.json`;
  }

  #headKey(): string {
    return `audit-head/${keySegment(this.project)}.json`;
  }
}

/**
 * Whether an entry's text is what its hash was made of: an entry is stored as the canonical JSON that was hashed, with the
 * hash in it. Cheaper than making it canonical again, and as strict: a text that says its content in another way than
 * JSON.stringify does, as with a name twice, is not taken so.
 */
function hashesAsStored(text: string, value: unknown, hash: string): boolean {
  // Behind it come texts and numbers alone, in which no quote stands bare: the last one is the entry's own.
  const member = `,"hash":"${hash}"`;
  const at = text.lastIndexOf(member);
  if (at < 0 || sha256Hex(text.slice(0, at) + text.slice(at + member.length)) !== hash) return false;
  return JSON.stringify(value) === text;
}

function json(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function gap(from: number, to: number): string {
  return from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`;
}
