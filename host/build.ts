import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readFile, readdir} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import {promisify} from 'node:util';
import {z} from 'zod';
import {sha256Hex} from '../core/identity/digest.ts';
import {Digest} from '../schemas/artifact.ts';
import {RatchetError} from '../schemas/errors.ts';
import {BuildId} from '../schemas/kept-version.ts';
import {packageRoot} from './package-root.ts';
import {explainError} from '../schemas/explain-issue.ts';

/** Where workflow code may come from (the import rules say so). */
const SOURCES = ['workflows', 'schemas', 'core'];
/** What `npm run build` leaves beside the compiled code, relative to the package's root: the package has no .git. */
export const STAMP = path.join('dist', 'build.json');
const Stamp = z.object({v: z.literal(1), id: BuildId, sources: Digest});

/** Workflow code, by name and by content. */
export interface Build {
  /** The build ID that Temporal routes by: `3f9a1c20d4e5`, `3f9a1c20d4e5-dirty-1b2c3d4e`, `0.1.0-src-1b2c3d4e`. */
  readonly id: string;
  /** sha256 over the SDK's version and all sources that workflow code may import. */
  readonly sources: string;
  /** Version of Temporal's SDK, which a bundle holds a part of. */
  readonly sdk: string;
}

/**
 * The workflow code of this checkout or package. Its name is RATCHET_BUILD_ID, else the git commit (12 digits), with
 * `-dirty-` and 8 digits of `sources` where workflow code differs from it; in a package the commit that it was built of;
 * with `-encrypted` behind it where payloads are.
 * Throws InvalidInput where RATCHET_BUILD_ID cannot be a name.
 */
export async function thisBuild(
  root: string = packageRoot(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<Build> {
  const sdk = sdkVersion();
  const sources = await sourcesDigest(root, sdk);
  const id = given(env['RATCHET_BUILD_ID']) ?? (await named(root, sources));
  // A bundle holds how failures are told, and with encryption that is as payloads.
  if (!env['RATCHET_CODEC_KEYS']) return {id, sources, sdk};
  return {id: `${id}-encrypted`, sources: sha256Hex(`${sources} encrypted`), sdk};
}

function given(id: string | undefined): string | undefined {
  if (!id) return undefined;
  const parsed = BuildId.safeParse(id);
  if (parsed.success) return id;
  throw new RatchetError(
    'InvalidInput',
    `${explainError(parsed.error, BuildId, 'RATCHET_BUILD_ID')}, got ${JSON.stringify(id.slice(0, 80))}`,
  );
}

async function named(root: string, sources: string): Promise<string> {
  const at = sources.slice(0, 8);
  const commit = await commitOf(root);
  if (commit) return commit.changed ? `${commit.id}-dirty-${at}` : commit.id;
  const stamp = Stamp.safeParse(await json(path.join(root, STAMP)));
  if (stamp.success)
    return stamp.data.sources === sources
      ? stamp.data.id
      : `${stamp.data.id.split('-dirty-')[0]}-dirty-${at}`;
  const {version} = z.object({version: z.string()}).parse(await json(path.join(root, 'package.json')));
  return `${version}-src-${at}`;
}

/** The commit of a checkout, and whether workflow code or the locked packages differ from it; undefined without git. */
async function commitOf(root: string): Promise<{id: string; changed: boolean} | undefined> {
  // Installed in somebody's repository, the package is not a part of its commits.
  if (!existsSync(path.join(root, '.git'))) return undefined;
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', root, ...args])).stdout.trim();
  try {
    const id = (await git('rev-parse', '--verify', 'HEAD')).slice(0, 12);
    const changes = await git('status', '--porcelain', '--', ...SOURCES, 'package-lock.json');
    return {id, changed: changes !== ''};
  } catch {
    return undefined;
  }
}

async function sourcesDigest(root: string, sdk: string): Promise<string> {
  const parts = [sdk];
  for (const folder of SOURCES) {
    const entries = await readdir(path.join(root, folder), {recursive: true, withFileTypes: true});
    const files = entries.filter((one) => one.isFile() && one.name.endsWith('.ts'));
    for (const file of files.map((one) => path.join(one.parentPath, one.name)).sort())
      parts.push(path.relative(root, file).split(path.sep).join('/'), await readFile(file, 'utf8'));
  }
  return sha256Hex(parts.join('\0'));
}

function sdkVersion(): string {
  return (createRequire(import.meta.url)('@temporalio/workflow/package.json') as {version: string}).version;
}

async function json(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? undefined : (JSON.parse(text) as unknown);
}
