import {expect, test} from 'vitest';
import {RatchetError} from '../../../schemas/errors.ts';
import {s3Error} from '../../../stores/objects/s3-errors.ts';

/** As the SDK throws it. */
const failed = (name: string, message: string, httpStatusCode?: number): Error =>
  Object.assign(new Error(message), {name, $metadata: {httpStatusCode}});

test.each([
  ['Forbidden', 'no', 403, 'AccessDenied'],
  ['Unauthorized', 'no', 401, 'AccessDenied'],
  ['InternalError', 'try again', 500, 'Unavailable'],
  ['SlowDown', 'try again', 503, 'Unavailable'],
  ['Full', 'no', 507, 'DiskFull'],
  // A name says more than a status.
  ['NoSuchBucket', 'no', 404, 'InvalidInput'],
  ['NotImplemented', 'no', 501, 'StoreUnfit'],
  ['ExpiredToken', 'no', 400, 'AccessDenied'],
  // Without an answer there is what the SDK says.
  ['CredentialsProviderError', 'no credentials', undefined, 'AccessDenied'],
  ['Error', 'Region is missing', undefined, 'InvalidInput'],
  ['Error', 'connect ECONNREFUSED', undefined, 'Unavailable'],
])('%s (%s, %s) is %s', (name, message, status, type) => {
  expect(s3Error(failed(name, message, status), 'reading', 's3://bucket/a')).toMatchObject({type});
});

test('the message is one line with what was done where, and an own error stays as it is', () => {
  const {message} = s3Error(failed('Forbidden', 'no\nmore', 403), 'writing', 's3://bucket/a');
  expect(message).toBe(
    'writing s3://bucket/a: 403 Forbidden: check the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE, …), their rights on the bucket, and the clock',
  );
  const own = new RatchetError('StoreUnfit', 'this one');
  expect(s3Error(own, 'reading', 'it')).toBe(own);
});
