import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readFile, stat} from 'node:fs/promises';
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
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {backOff} from './back-off.ts';
import {fileError} from './file-errors.ts';
import {checkKey, checkPrefix} from './object-key.ts';
import type {ObjectHead, ObjectStore, PutCondition, PutResult, StoredObject} from './object-store.ts';
import {probeConditions} from './probe.ts';
import {nameOf, s3Error, statusOf} from './s3-errors.ts';
import {parseS3Url, type S3Location} from './s3-url.ts';

const MIB = 1 << 20;
/** Larger files go up in parts. */
const SINGLE_PUT = 16 * MIB;
const PART = 8 * MIB;
const MAX_PARTS = 9_000;
/** Tries of one call, by the SDK, with its back-off: connection errors, 5xx, throttling. */
const MAX_ATTEMPTS = 4;
/** Tries of a body that broke off while it was read, and of a conditional put that met another one (409). */
const OWN_ATTEMPTS = 5;
const WRITE_ID = 'ratchet-write';

/**
 * Any S3 with conditional writes. Every put carries a random id in the object's metadata: when the answer to a put that did
 * succeed is lost, the SDK sends it again, and the condition, true the first time, fails with 412. So a 412 counts as
 * refused only if the object that is there was not written by this very put. Contents in transit are checked by checksums
 * (sha256 on single puts, CRC32 on parts and reads).
 */
export class S3Store implements ObjectStore {
  readonly url: string;
  readonly #at: S3Location;
  readonly #client: S3Client;

  constructor(url: string) {
    this.#at = parseS3Url(url);
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
      return {bytes: await output.Body!.transformToByteArray(), etag: output.ETag!};
    });
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    if (end <= start) return (await this.head(key)) && new Uint8Array();
    return this.#read('reading', key, async (where) => {
      try {
        const output = await this.#client.send(
          new GetObjectCommand({...where, Range: `bytes=${start}-${end - 1}`}),
        );
        return await output.Body!.transformToByteArray();
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
    return output && Readable.from(this.#chunks(output, key), {objectMode: false});
  }

  async head(key: string): Promise<ObjectHead | null> {
    return this.#read('reading', key, async (where) => {
      const output = await this.#client.send(new HeadObjectCommand(where));
      return {key, bytes: output.ContentLength ?? 0, modified: output.LastModified ?? new Date(0)};
    });
  }

  async put(key: string, body: Uint8Array | string, condition?: PutCondition): Promise<PutResult> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const write = randomUUID();
    const command = new PutObjectCommand({
      ...this.#where(key),
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
      Metadata: {[WRITE_ID]: write},
      ...(condition && 'ifNoneMatch' in condition ? {IfNoneMatch: condition.ifNoneMatch} : {}),
      ...(condition && 'ifMatch' in condition ? {IfMatch: condition.ifMatch} : {}),
    });
    for (let attempt = 1; ; attempt += 1) {
      try {
        return {status: 'written', etag: (await this.#client.send(command)).ETag!};
      } catch (error) {
        const status = statusOf(error);
        if (condition && status === 412) return (await this.#ownWrite(key, write)) ?? {status: 'refused'};
        if (condition && status === 404 && nameOf(error) !== 'NoSuchBucket') return {status: 'refused'};
        // Two conditional puts met in the middle: S3 says neither who won nor that the condition failed, but "again".
        const met = condition && nameOf(error) === 'ConditionalRequestConflict';
        if (!met || attempt === OWN_ATTEMPTS) throw this.#error(error, 'writing', key);
        await backOff(attempt + 2);
      }
    }
  }

  async putFile(key: string, path: string, expected?: {readonly sha256: string}): Promise<void> {
    const size = await stat(path).then(
      (found) => found.size,
      (error: unknown) => {
        throw fileError(error, 'reading', path);
      },
    );
    if (size <= SINGLE_PUT) {
      const bytes = await readFile(path);
      if (expected) checkUnchanged(path, expected.sha256, createHash('sha256').update(bytes).digest('hex'));
      await this.put(key, bytes);
      return;
    }
    try {
      await new Upload({
        client: this.#client,
        params: {
          ...this.#where(key),
          Body: Readable.from(unchanged(path, expected?.sha256), {objectMode: false}),
        },
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
        Prefix: base + checkPrefix(prefix),
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

  /** What the object that is there tells of a put that got 412: written by that put after all, or null. */
  async #ownWrite(key: string, write: string): Promise<PutResult | null> {
    return this.#read('reading', key, async (where) => {
      const {Metadata, ETag} = await this.#client.send(new HeadObjectCommand(where));
      return Metadata?.[WRITE_ID] === write ? {status: 'written', etag: ETag!} : null;
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
        // The SDK has tried calls that failed often enough; what it doesn't try again is a body (no status).
        const broken = statusOf(error) === undefined && !('$metadata' in (error as object));
        if (!broken || attempt === OWN_ATTEMPTS) throw this.#error(error, doing, key);
        await backOff(attempt + 2);
      }
  }

  async *#chunks(output: GetObjectCommandOutput, key: string): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* output.Body as Readable;
    } catch (error) {
      throw this.#error(error, 'reading', key);
    }
  }

  #where(key: string): {Bucket: string; Key: string} {
    return {Bucket: this.#at.bucket, Key: this.#base() + checkKey(key)};
  }

  #base(): string {
    return this.#at.prefix === '' ? '' : `${this.#at.prefix}/`;
  }

  #error(error: unknown, doing: string, key: string): RatchetError {
    const at = this.#at.endpoint ? ` at ${this.#at.endpoint}` : '';
    return s3Error(error, doing, `s3://${this.#at.bucket}/${this.#base()}${key}${at}`);
  }
}

/** The file's bytes; fails at its end, before the last part is sent, if they are not what was expected. */
async function* unchanged(path: string, sha256: string | undefined): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  let held: Buffer | null = null;
  for await (const chunk of createReadStream(path, {highWaterMark: MIB}) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (held !== null) yield held;
    held = chunk;
  }
  if (sha256 !== undefined) checkUnchanged(path, sha256, hash.digest('hex'));
  if (held !== null) yield held;
}

function checkUnchanged(path: string, expected: string, got: string): void {
  if (got === expected) return;
  throw new RatchetError(
    ErrorType.DigestMismatch,
    `${path} hashes to ${got}, expected ${expected}: it changed while it was stored; run again`,
  );
}
