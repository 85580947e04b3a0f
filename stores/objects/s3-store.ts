import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import {Upload} from '@aws-sdk/lib-storage';
import {RatchetError} from '../../schemas/errors.ts';
import {backOff} from './back-off.ts';
import {checkKey, checkPrefix} from './object-key.ts';
import type {ObjectHead, ObjectStore, PutCondition, PutResult, StoredObject} from './object-store.ts';
import {probeConditions} from './probe.ts';
import {resumedBody} from './resumed-body.ts';
import {nameOf, s3Error, statusOf} from './s3-errors.ts';
import {parseS3Url, type S3Location} from './s3-url.ts';
import {sourceFile, sourceSize} from './source-file.ts';
import {includes, latest, WriteLineage} from '../registry/write-lineage.ts';

const MIB = 1 << 20;
/** Larger files go up in parts. */
const SINGLE_PUT = 16 * MIB;
const PART = 8 * MIB;
const MAX_PARTS = 9_000;
/** Tries of one call, by the SDK, with its back-off: connection errors, 5xx, throttling. */
const MAX_ATTEMPTS = 4;
/** Tries of a body that broke off while it was read, and of a conditional put that met another one (409). */
const OWN_ATTEMPTS = 5;
const LINEAGE = 'ratchet-writes';
/** Matches no object: what a put gets back that took place but was overwritten before anybody could tell. */
const SUPERSEDED = '"superseded"';

/**
 * Any S3 with conditional writes. When the answer to a put that did succeed is lost, the SDK sends it again, and the
 * condition, true the first time, fails with 412: so a 412 counts as refused only if the object that is there does not
 * descend from this very put (WriteLineage). Contents in transit are checked by checksums (sha256 on single puts, CRC32 on
 * parts and reads), but for a stream that broke off and went on.
 */
export class S3Store implements ObjectStore {
  readonly url: string;
  readonly #at: S3Location;
  readonly #client: S3Client;
  readonly #lineage = new WriteLineage();
  readonly #anyKey: boolean;

  /** `anyKey`: for reading what other programs wrote, under keys that checkKey() refuses. */
  constructor(url: string, {anyKey = false}: {readonly anyKey?: boolean} = {}) {
    this.#at = parseS3Url(url);
    this.#anyKey = anyKey;
    this.url = this.#at.url;
    const {endpoint, region, pathStyle} = this.#at;
    this.#client = new S3Client({
      ...(endpoint === undefined ? {} : {endpoint}),
      ...(region === undefined ? {} : {region}),
      forcePathStyle: pathStyle,
      maxAttempts: MAX_ATTEMPTS,
      requestChecksumCalculation: 'WHEN_SUPPORTED',
      responseChecksumValidation: 'WHEN_SUPPORTED',
      requestHandler: {connectionTimeout: 5_000, socketTimeout: 60_000},
    });
  }

  async get(key: string): Promise<StoredObject | null> {
    return this.#read('reading', key, async (where) => {
      const output = await this.#client.send(new GetObjectCommand(where));
      this.#lineage.remember(key, output.ETag!, output.Metadata?.[LINEAGE]);
      return {bytes: await bodyOf(output), etag: output.ETag!};
    });
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    if (end <= start) return (await this.head(key)) && new Uint8Array();
    return this.#read('reading', key, async (where) => {
      try {
        const output = await this.#client.send(
          new GetObjectCommand({...where, Range: `bytes=${start}-${end - 1}`}),
        );
        return await bodyOf(output);
      } catch (error) {
        if (statusOf(error) === 416) return new Uint8Array();
        throw error;
      }
    });
  }

  async stream(key: string): Promise<Readable | null> {
    const output = await this.#read('reading', key, (where) =>
      this.#client.send(new GetObjectCommand(where)),
    );
    return output && Readable.from(this.#chunks(key, output), {objectMode: false});
  }

  async head(key: string): Promise<ObjectHead | null> {
    return this.#read('reading', key, async (where) => {
      const output = await this.#client.send(new HeadObjectCommand(where));
      return {key, bytes: output.ContentLength ?? 0, modified: output.LastModified ?? new Date(0)};
    });
  }

  async put(key: string, body: Uint8Array | string, condition?: PutCondition): Promise<PutResult> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const replaced = condition && 'ifMatch' in condition ? condition.ifMatch : undefined;
    const {id, lineage} = this.#lineage.next(key, replaced);
    const command = new PutObjectCommand({
      ...this.#where(key),
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
      Metadata: {[LINEAGE]: lineage},
      ...(condition && 'ifNoneMatch' in condition ? {IfNoneMatch: condition.ifNoneMatch} : {}),
      ...(replaced === undefined ? {} : {IfMatch: replaced}),
    });
    for (let attempt = 1; ; attempt += 1) {
      try {
        const etag = (await this.#client.send(command)).ETag!;
        this.#lineage.remember(key, etag, lineage);
        return {status: 'written', etag};
      } catch (error) {
        const status = statusOf(error);
        if (condition && status === 412) return (await this.#tookPlace(key, id)) ?? {status: 'refused'};
        if (condition && status === 404 && nameOf(error) !== 'NoSuchBucket') return {status: 'refused'};
        // Two conditional puts met in the middle: S3 says neither who won nor that the condition failed, but "again".
        const met = condition && nameOf(error) === 'ConditionalRequestConflict';
        if (!met || attempt === OWN_ATTEMPTS) throw this.#error(error, 'writing', key);
        await backOff(attempt + 2);
      }
    }
  }

  async putFile(key: string, path: string, expected?: {readonly sha256: string}): Promise<void> {
    checkKey(key);
    const size = await sourceSize(path);
    const source = sourceFile(path, expected?.sha256);
    if (size <= SINGLE_PUT) {
      const chunks: Buffer[] = [];
      for await (const chunk of source) chunks.push(chunk);
      await this.put(key, Buffer.concat(chunks));
      return;
    }
    try {
      await new Upload({
        client: this.#client,
        params: {...this.#where(key), Body: Readable.from(source, {objectMode: false})},
        partSize: Math.max(PART, Math.ceil(size / MAX_PARTS)),
        queueSize: 4,
        leavePartsOnError: false,
      }).done();
    } catch (error) {
      throw this.#error(error, 'writing', key);
    }
  }

  async *list(prefix: string, {after}: {readonly after?: string} = {}): AsyncIterable<string> {
    const base = this.#base();
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#at.bucket,
        Prefix: base + (this.#anyKey ? prefix : checkPrefix(prefix)),
        ...(after ? {StartAfter: base + after} : {}),
        ...(token ? {ContinuationToken: token} : {}),
      });
      const page = await this.#client.send(command).catch((error: unknown) => {
        throw this.#error(error, 'listing', prefix);
      });
      for (const object of page.Contents ?? [])
        if (!object.Key!.endsWith('/')) yield object.Key!.slice(base.length);
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    await this.#read('deleting', key, (where) => this.#client.send(new DeleteObjectCommand(where)));
  }

  async probe(): Promise<void> {
    await probeConditions(this);
  }

  /** A put that got 412: it took place, as the object that is there tells, or null. */
  async #tookPlace(key: string, id: string): Promise<PutResult | null> {
    return this.#read('reading', key, async (where) => {
      const {Metadata, ETag} = await this.#client.send(new HeadObjectCommand(where));
      const lineage = Metadata?.[LINEAGE];
      if (lineage === undefined || !includes(lineage, id)) return null;
      return {status: 'written', etag: latest(lineage) === id ? ETag! : SUPERSEDED};
    });
  }

  /** Null for 404; a body that broke off is read anew. */
  async #read<T>(
    doing: string,
    key: string,
    work: (where: {Bucket: string; Key: string}) => Promise<T>,
  ): Promise<T | null> {
    const where = this.#where(key);
    for (let attempt = 1; ; attempt += 1)
      try {
        return await work(where);
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return null;
        // Calls that failed the SDK has tried often enough; bodies it does not try again.
        if (!(error instanceof BrokenBody)) throw this.#error(error, doing, key);
        if (attempt === OWN_ATTEMPTS) throw this.#error(error.cause, doing, key);
        await backOff(attempt + 2);
      }
  }

  async *#chunks(
    key: string,
    {Body, ETag}: GetObjectCommandOutput,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* resumedBody(Body as Readable, (from) => this.#rest(key, from, ETag!));
    } catch (error) {
      throw this.#error(error, 'reading', key);
    }
  }

  /** The bytes from one on, of an object whose first ones were read. */
  async #rest(key: string, from: number, etag: string): Promise<Readable> {
    const command = new GetObjectCommand({...this.#where(key), Range: `bytes=${from}-`, IfMatch: etag});
    const output = await this.#client.send(command).catch((error: unknown) => {
      const status = statusOf(error);
      if (status !== 412 && status !== 404) throw error;
      const became = status === 412 ? 'changed' : 'deleted';
      throw new RatchetError(
        'Unavailable',
        `${this.#name(key)} was ${became} while it was read: read it again`,
      );
    });
    const body = output.Body as Readable;
    if (output.ContentRange?.startsWith(`bytes ${from}-`)) return body;
    body.destroy();
    throw new RatchetError(
      'StoreUnfit',
      `reading ${this.#name(key)}: expected the bytes from ${from} on, got ${output.ContentRange ?? 'the whole object'}: this server does not honour Range`,
    );
  }

  #where(key: string): {Bucket: string; Key: string} {
    return {Bucket: this.#at.bucket, Key: this.#base() + (this.#anyKey ? key : checkKey(key))};
  }

  #base(): string {
    return this.#at.prefix === '' ? '' : `${this.#at.prefix}/`;
  }

  #error(error: unknown, doing: string, key: string): RatchetError {
    return s3Error(error, doing, this.#name(key));
  }

  #name(key: string): string {
    const at = this.#at.endpoint ? ` at ${this.#at.endpoint}` : '';
    return `s3://${this.#at.bucket}/${this.#base()}${key}${at}`;
  }
}

class BrokenBody extends Error {}

async function bodyOf(output: GetObjectCommandOutput): Promise<Uint8Array> {
  try {
    return await output.Body!.transformToByteArray();
  } catch (cause) {
    throw new BrokenBody('the body broke off', {cause});
  }
}
