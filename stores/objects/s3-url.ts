import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {checkKey} from './object-key.ts';

export interface S3Location {
  readonly bucket: string;
  /** Without slashes at its ends; '' for the whole bucket. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  /** The url as it was given; it holds no credentials. */
  readonly url: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `s3://bucket/prefix?endpoint=http://host:port&region=name&style=path|virtual`, all of the query optional. The endpoint
 * also comes from AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, the region from AWS_REGION; with an endpoint the style is `path`
 * and the region `us-east-1` unless said otherwise. Throws InvalidInput, also for credentials in the url.
 */
export function parseS3Url(text: string, env: Environment = process.env): S3Location {
  const wrong = (why: string): RatchetError =>
    new RatchetError(
      ErrorType.InvalidInput,
      `the store's url is not usable (${why}): expected s3://bucket/prefix?endpoint=…&region=…`,
    );
  if (!URL.canParse(text)) throw wrong('no url');
  const url = new URL(text);
  if (url.protocol !== 's3:') throw wrong(`it starts with ${url.protocol}`);
  if (url.username || url.password)
    throw wrong('it holds credentials, which belong into the environment or a profile');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname))
    throw wrong(`"${url.hostname}" is no bucket name`);
  const known = ['endpoint', 'region', 'style'];
  const unknown = [...url.searchParams.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw wrong(`unknown setting "${unknown}"; there are ${known.join(', ')}`);

  const prefix = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '');
  if (prefix !== '') checkKey(prefix);
  const endpoint = url.searchParams.get('endpoint') ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  if (endpoint && !/^https?:\/\/[^/@]+\/?$/.test(endpoint))
    throw wrong(`"${endpoint}" is no http(s) endpoint`);
  const region = url.searchParams.get('region') ?? env['AWS_REGION'] ?? (endpoint ? 'us-east-1' : undefined);
  const style = url.searchParams.get('style') ?? (endpoint ? 'path' : 'virtual');
  if (style !== 'path' && style !== 'virtual') throw wrong(`style is "${style}", expected path or virtual`);
  return {
    bucket: url.hostname,
    prefix,
    endpoint: endpoint || undefined,
    region,
    pathStyle: style === 'path',
    url: text,
  };
}
