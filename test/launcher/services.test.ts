import {randomUUID} from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import {Connection} from '@temporalio/client';
import {describe, expect, it} from 'vitest';
import {SEARCH_ATTRIBUTES} from '../../schemas/names.ts';
import {s3Access, temporalAddress} from '../setup/services.ts';

describe('the servers of a test run', () => {
  it('has a Temporal server with the search attributes of schemas/names.ts', async () => {
    const connection = await Connection.connect({address: temporalAddress()});
    try {
      const {customAttributes} = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    } finally {
      await connection.close();
    }
  });

  const s3 = s3Access();
  it.skipIf('unavailable' in s3)(
    'has an S3 server that keeps objects and honours If-None-Match',
    async () => {
      if ('unavailable' in s3) throw new Error(s3.unavailable);
      const {endpoint, region, accessKeyId, secretAccessKey} = s3;
      const client = new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: {accessKeyId, secretAccessKey},
      });
      const Bucket = `services-${randomUUID()}`;
      await client.send(new CreateBucketCommand({Bucket}));
      await client.send(new PutObjectCommand({Bucket, Key: 'a/b', Body: 'first', IfNoneMatch: '*'}));
      const second = client.send(
        new PutObjectCommand({Bucket, Key: 'a/b', Body: 'second', IfNoneMatch: '*'}),
      );
      await expect(second).rejects.toSatisfy(
        (error) => error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412,
      );
      const got = await client.send(new GetObjectCommand({Bucket, Key: 'a/b'}));
      expect(await got.Body?.transformToString()).toBe('first');
      client.destroy();
    },
  );
});
