import {existsSync} from 'node:fs';
import {mkdir, rename, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {bundleWorkflowCode} from '@temporalio/worker';
import {dataConverter} from '../temporal/payload-codec/data-converter.ts';
import type {Build} from '../host/build.ts';
import {cacheFolder} from '../host/read-once.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** What a bundle begins from: `versioned` says which workflows upgrade by themselves, which `index` may not. */
export type Entry = 'versioned' | 'index';

/**
 * The bundle of this workflow code, built once per version of its sources and of the SDK and kept in the user's cache:
 * building takes seconds, and three workers would do it at once.
 */
export async function workflowBundle(
  {sources}: Pick<Build, 'sources'>,
  entry: Entry = 'versioned',
): Promise<{codePath: string}> {
  const from = workflowsPath(entry);
  const compiled = path.extname(from) === '.js' ? '-compiled' : '';
  const codePath = path.join(cacheFolder(), 'bundles', `${sources.slice(0, 24)}-${entry}${compiled}.js`);
  if (existsSync(codePath)) return {codePath};
  const {code} = await bundleWorkflowCode({
    workflowsPath: from,
    failureConverterPath: dataConverter()?.failureConverterPath,
    workflowInterceptorModules: interceptorModules(),
    logger: quiet,
  });
  await mkdir(path.dirname(codePath), {recursive: true});
  await writeFile(`${codePath}.${process.pid}`, code);
  await rename(`${codePath}.${process.pid}`, codePath);
  return {codePath};
}

export function workflowsPath(entry: Entry = 'versioned'): string {
  const compiled = path.join(ROOT, 'workflows', `${entry}.js`);
  return existsSync(compiled) ? compiled : path.join(ROOT, 'workflows', `${entry}.ts`);
}

/** What hands the run and its trace on from workflow to workflow and activity. */
export function interceptorModules(): string[] {
  return [workflowsPath('index').replace(/index(\.[jt]s)$/, 'trace-context$1')];
}

/** The bundler's remarks are of no use to an operator; its errors are thrown. */
const quiet = {log: noop, trace: noop, debug: noop, info: noop, warn: noop, error: noop};
function noop(): void {}
