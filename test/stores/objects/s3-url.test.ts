import {describe, expect, test} from 'vitest';
import {parseS3Url} from '../../../stores/objects/s3-url.ts';

describe('the url of a store over S3', () => {
  test('all of it', () => {
    const url = 's3://bucket/a/b/?endpoint=http://localhost:9000&region=eu&style=virtual';
    expect(parseS3Url(url, {})).toEqual({
      bucket: 'bucket',
      prefix: 'a/b',
      endpoint: 'http://localhost:9000',
      region: 'eu',
      pathStyle: false,
      url,
    });
  });

  test('endpoint and region from the environment', () => {
    const env = {AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://s3', AWS_REGION: 'eu-west-1'};
    expect(parseS3Url('s3://bucket', env)).toMatchObject({
      endpoint: 'http://s3',
      region: 'eu-west-1',
      pathStyle: true,
    });
    expect(parseS3Url('s3://bucket', {})).toMatchObject({
      endpoint: undefined,
      region: undefined,
      pathStyle: false,
    });
    expect(parseS3Url('s3://bucket?endpoint=http://x', {})).toMatchObject({
      region: 'us-east-1',
      pathStyle: true,
    });
  });

  test.each([
    ['s3://key:secret@bucket', /holds credentials/],
    ['s3://Bucket_', /no bucket name/],
    ['s3://bucket/../x%2F..', /cannot be a key/],
    ['s3://bucket?endpont=http://x', /unknown setting "endpont"/],
    ['s3://bucket?endpoint=localhost:9000', /no http\(s\) endpoint/],
    ['s3://bucket?style=dns', /expected path or virtual/],
  ])('%s is refused', (url, line) => {
    expect(() => parseS3Url(url, {})).toThrow(line);
  });
});
