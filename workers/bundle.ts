import {existsSync} from 'node:fs';
import {mkdir, readFile, readdir, rename, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import path from 'node:path';
import {bundleWorkflowCode} from '@temporalio/worker';
import {sha256Hex} from '../core/identity/digest.ts';
import {dataConverter} from '../stores/payload-codec/data-converter.ts';
import {cacheFolder} from '../stores/read-once.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
/** Where workflow code may come from (the import rules say so). */
const SOURCES = ['workflows', 'schemas', 'core'];

/**
 * The workflow bundle, built once per version of its sources and of the SDK and kept in the user's cache: building takes
 * seconds, and three workers would do it at once.
 */
export async function workflowBundle(): Promise<{codePath: string}> {
  const {version} = createRequire(import.meta.url)('@temporalio/worker/package.json') as {version: string};
  const {failureConverterPath} = dataConverter() ?? {};
  const parts = [version, failureConverterPath === undefined ? '' : 'failures as payloads'];
  for (const folder of SOURCES) {
    const entries = await readdir(path.join(ROOT, folder), {recursive: true, withFileTypes: true});
    for (const file of entries
      .filter((e) => e.isFile() && /\.[jt]s$/.test(e.name))
      .map((e) => path.join(e.parentPath, e.name))
      .sort()) {
      parts.push(path.relative(ROOT, file), await readFile(file, 'utf8'));
    }
  }
  const codePath = path.join(cacheFolder(), 'bundles', `${sha256Hex(parts.join('\0')).slice(0, 24)}.js`);
  if (existsSync(codePath)) return {codePath};
  const {code} = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    failureConverterPath,
    workflowInterceptorModules: interceptorModules(),
    logger: quiet,
  });
  await mkdir(path.dirname(codePath), {recursive: true});
  await writeFile(`${codePath}.${process.pid}`, code);
  await rename(`${codePath}.${process.pid}`, codePath);
  return {codePath};
}

export function workflowsPath(): string {
  const compiled = path.join(ROOT, 'workflows', 'index.js');
  return existsSync(compiled) ? compiled : path.join(ROOT, 'workflows', 'index.ts');
}

/** What hands the run and its trace on from workflow to workflow and activity. */
export function interceptorModules(): string[] {
  return [workflowsPath().replace(/index(\.[jt]s)$/, 'trace-context$1')];
}

/** The bundler's remarks are of no use to an operator; its errors are thrown. */
const quiet = {log: noop, trace: noop, debug: noop, info: noop, warn: noop, error: noop};
function noop(): void {}
