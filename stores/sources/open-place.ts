import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Source} from '../../schemas/project.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {bucketPlace} from './bucket-place.ts';
import {localPlace} from './local-place.ts';
import type {SourcePlace} from './place.ts';

/**
 * `file:` (relative to `folder`, which holds the ratchet.yaml), `npm:package/path`, `s3://bucket/key` (%xx is decoded); each may
 * hold `*` and `**`. Throws InvalidInput for another form, and for a package that is not installed.
 */
export async function openPlace(
  {uri, follow_links: followLinks = false}: Pick<Source, 'uri' | 'follow_links'>,
  folder: string,
): Promise<SourcePlace> {
  const local = (pattern: string) => localPlace(uri, pattern, {followLinks});
  if (uri.startsWith('npm:')) return local(packagePath(uri.slice(4), folder));
  if (uri.startsWith('file://')) return local(fileUrlPath(uri));
  if (uri.startsWith('file:')) return local(path.resolve(folder, uri.slice(5)));
  const {bucket, key, query} = splitS3(uri);
  // Only who uses S3 pays for loading its SDK.
  const {S3Store} = await import('../objects/s3-store.ts');
  return bucketPlace(uri, new S3Store(`s3://${bucket}${query}`, {anyKey: true}), key);
}

function fileUrlPath(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new RatchetError(
      'InvalidInput',
      `"${uri}" is no source: expected file:folder/file, seen from the ratchet.yaml, or file:///folder/file`,
      {cause},
    );
  }
}

function splitS3(uri: string): {bucket: string; key: string; query: string} {
  const match = /^s3:\/\/([^/?]+)\/?([^?]*)(\?.*)?$/.exec(uri);
  if (!match?.[2])
    throw new RatchetError(
      'InvalidInput',
      `"${uri}" is no source: expected s3://bucket/key, or s3://bucket/** for the whole bucket`,
    );
  return {bucket: match[1]!, key: percentDecoded(match[2]), query: match[3] ?? ''};
}

/** A key may be written as it is; escapes are for what a uri has another use for. A % that begins none is itself. */
function percentDecoded(key: string): string {
  return key.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** `@scope/name/path` or `name/path` → the path in the package as it is installed for the project, else for Ratchet. */
function packagePath(spec: string, folder: string): string {
  const parts = spec.split('/');
  const name = parts.slice(0, spec.startsWith('@') ? 2 : 1).join('/');
  for (const start of [folder, import.meta.dirname])
    for (let at = path.resolve(start); ; at = path.dirname(at)) {
      const found = path.join(at, 'node_modules', name);
      if (existsSync(found)) return path.join(found, ...parts.slice(name.split('/').length));
      if (at === path.dirname(at)) break;
    }
  throw new RatchetError('InvalidInput', `the package ${name} is not installed: npm install ${name}`);
}
