import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {bundleWorkflowCode, DefaultLogger} from '@temporalio/worker';
import {beforeAll, expect, it} from 'vitest';
import {interceptorModules, workflowsPath} from '../../workers/bundle.ts';
import * as workflows from '../../workflows/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Bytes, without the source map: 0.86 MB, 0.52 of it Temporal's. Each workflow worker compiles it at every start. */
const MOST = 900_000;
const SOURCE_MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

let code: string;
/** Paths from the package's root. */
let sources: string[];
beforeAll(async () => {
  const bundle = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: interceptorModules(),
    logger: new DefaultLogger('WARN'),
  });
  const [before, map] = bundle.code.split(SOURCE_MAP) as [string, string];
  code = before;
  const {sources: all} = JSON.parse(Buffer.from(map, 'base64').toString()) as {sources: string[]};
  sources = all.filter((source) => source.startsWith('/')).map((source) => relative(ROOT, source));
}, 120_000);

it('holds of packages Temporal itself, and no zod', () => {
  const packages = sources.flatMap((source) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []);
  expect(new Set(packages)).toEqual(
    new Set(['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']),
  );
});

it('holds of this project workflows, names, and decisions', () => {
  const own = sources.filter((source) => !source.startsWith('node_modules/'));
  expect(own).toContain('workflows/lifecycle.ts');
  const rooms = /^(workflows|core\/(approval|rollout|training|evaluation|drift))\//;
  expect(own.filter((source) => !rooms.test(source)).sort()).toEqual(
    ['acts', 'errors', 'messages', 'names'].map((name) => `schemas/${name}.ts`),
  );
});

it('exports every workflow that is started by its name', () => {
  const started = ['workflows', 'cli', 'runs', 'scripts', 'activities'].flatMap((room) =>
    readdirSync(join(ROOT, room), {recursive: true, encoding: 'utf8'})
      .filter((file) => file.endsWith('.ts') && !file.startsWith('bench/'))
      .flatMap((file) => [...readFileSync(join(ROOT, room, file), 'utf8').matchAll(STARTS)])
      .map((match) => match.slice(1).find((name) => name !== undefined)!),
  );
  expect(started).toContain('lifecycle');
  expect(Object.keys(workflows)).toEqual(expect.arrayContaining([...new Set(started)]));
});
/** `workflow.start('lifecycle'`, `workflow.execute<…>('retrain'`, `workflowType: '…'`, and what workflows cannot import: `forward<…>('lifecycle'`. */
const STARTS =
  /workflow\.(?:start|execute)(?:<(?:[^()]|\([^()]*\))*>)?\(\s*'(\w+)'|workflowType: '(\w+)'|forward<(?:[^()]|\([^()]*\))*>\('(\w+)'/g;

it('starts every child by its function', () => {
  const byName = readdirSync(join(ROOT, 'workflows'), {recursive: true, encoding: 'utf8'})
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /(?:startChild|executeChild|ownChild)(?:<[^(]*>)?\(\s*['"`]/.test(
        readFileSync(join(ROOT, 'workflows', file), 'utf8'),
      ),
    );
  expect(byName).toEqual([]);
});

it('stays small', () => {
  expect(Buffer.byteLength(code)).toBeLessThan(MOST);
});
