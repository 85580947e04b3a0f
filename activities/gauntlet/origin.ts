import {readFile} from 'node:fs/promises';
import path from 'node:path';
import type {OriginView} from '../../core/evaluation/report/view.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import type {Registry} from '../../stores/registry/registry.ts';
import {packageRoot} from '../../host/package-root.ts';

/** Ratchet's version, and the run that asked for the report first. From what is stored: the same whenever it is written. */
export async function originView(
  registry: Registry,
  project: string,
  run: string | undefined,
): Promise<OriginView> {
  const {version} = JSON.parse(await readFile(path.join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  const record = run === undefined ? null : await registry.run(project, run);
  return {
    version: `${version}, gauntlet version ${gauntlet.version}`,
    run: record === null ? null : {id: record.id, startedBy: record.startedBy, startedAt: record.startedAt},
  };
}
