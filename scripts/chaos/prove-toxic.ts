import {GetObjectCommand, PutObjectCommand, S3Client} from '@aws-sdk/client-s3';
import type {S3Server} from './s3-server.ts';

const OBJECT = {Key: 'proof', bytes: 300_000};
/** Of a third of the connections that break off, one is among so many but for 1 in 100 times. */
const READS = 12;

/** What reads through `endpoint` are like, each over a connection of its own, tried once. */
export interface Reads {
  readonly reads: number;
  readonly broken: number;
  /** The fastest whole one, in ms; null if there was none. */
  readonly fastestMs: number | null;
}

/** Sees for itself what a proxy does: a fault that does nothing proves nothing. */
export async function readsThrough(endpoint: string, server: S3Server, bucket: string): Promise<Reads> {
  const {region, accessKeyId, secretAccessKey} = server;
  const about = {region, forcePathStyle: true, credentials: {accessKeyId, secretAccessKey}, maxAttempts: 1};
  const where = {Bucket: bucket, Key: OBJECT.Key};
  const direct = new S3Client({...about, endpoint: server.endpoint});
  await direct.send(new PutObjectCommand({...where, Body: Buffer.alloc(OBJECT.bytes, 'ratchet')}));
  direct.destroy();
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    const client = new S3Client({...about, endpoint});
    const began = performance.now();
    try {
      await (await client.send(new GetObjectCommand(where))).Body!.transformToByteArray();
      times.push(performance.now() - began);
    } catch {
      // Counted by what is missing.
    } finally {
      client.destroy();
    }
  }
  return {
    reads: READS,
    broken: READS - times.length,
    fastestMs: times.length === 0 ? null : Math.min(...times),
  };
}
