import {isAbsolute} from 'node:path';
import {pathToFileURL} from 'node:url';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {FileStore} from './file-store.ts';
import type {ObjectStore} from './object-store.ts';

/**
 * `file:///folder`, an absolute folder, or `s3://bucket/prefix?endpoint=http://host:port&region=name`. Does not touch the
 * store: call probe() where it matters. Throws InvalidInput for any other url.
 */
export async function openStore(url: string): Promise<ObjectStore> {
  if (isAbsolute(url)) return new FileStore(pathToFileURL(url).href);
  if (url.startsWith('file:///')) return new FileStore(url);
  // Only who uses S3 pays for loading its SDK.
  if (url.startsWith('s3://')) return new (await import('./s3-store.ts')).S3Store(url);
  throw new RatchetError(
    ErrorType.InvalidInput,
    `"${url}" is no store: expected file:///folder or s3://bucket/prefix`,
  );
}
