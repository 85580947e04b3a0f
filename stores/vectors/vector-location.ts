import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {keySegment} from '../objects/object-key.ts';
import {parseS3Url} from '../objects/s3-url.ts';

/** What LanceDB connects to. */
export interface VectorLocation {
  readonly uri: string;
  readonly storageOptions: Record<string, string>;
}

/**
 * A project's tables, in the store itself: `vectors/PROJECT/`. On S3 with the credentials that the AWS SDK finds, since
 * LanceDB's own search knows fewer places; they are looked up at each call, so that short-lived ones are fresh.
 */
export async function vectorLocation(storeUrl: string, project: string): Promise<VectorLocation> {
  const folder = `vectors/${keySegment(project)}`;
  if (storeUrl.startsWith('file:')) return {uri: join(fileURLToPath(storeUrl), folder), storageOptions: {}};
  const {bucket, prefix, endpoint, region, pathStyle} = parseS3Url(storeUrl);
  const {S3Client} = await import('@aws-sdk/client-s3');
  const {config} = new S3Client(region === undefined ? {} : {region});
  const {accessKeyId, secretAccessKey, sessionToken} = await config.credentials();
  return {
    uri: `s3://${bucket}/${prefix === '' ? '' : `${prefix}/`}${folder}`,
    storageOptions: {
      aws_access_key_id: accessKeyId,
      aws_secret_access_key: secretAccessKey,
      ...(sessionToken === undefined ? {} : {aws_session_token: sessionToken}),
      region: await config.region(),
      ...(endpoint === undefined ? {} : {endpoint, allow_http: String(endpoint.startsWith('http:'))}),
      virtual_hosted_style_request: String(!pathStyle),
    },
  };
}
