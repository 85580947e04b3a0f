import {mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {stringify} from 'yaml';
import type {ActivityContext} from '../../activities/context.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import type {ProjectYaml} from '../../schemas/project.ts';
import {openStores, withRowKey, type Stores} from '../../stores/stores.ts';
import {asActivity} from '../../workers/run-activity.ts';

/** The least that is a project: one task, one source, one gate, one step. */
export function projectYaml(project: string, change: Partial<ProjectYaml> = {}): ProjectYaml {
  return {
    version: 1,
    project,
    sources: [{name: 'mails', uri: 'file:mails.jsonl', format: 'jsonl'}],
    input: {format: 'record', fields: ['body']},
    tasks: {
      triage: {kind: 'classification', labels: ['spam', 'ham'], inputs: ['body'], prompt: '{{body}} is'},
    },
    gauntlet: {gates: [{metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5}]},
    rollout: {steps: [{setShadow: 100}]},
    ...change,
  };
}

export interface TestProject {
  readonly context: ActivityContext;
  /** Writes ratchet.yaml anew. */
  readonly write: (change: Partial<ProjectYaml>) => Promise<void>;
  readonly audited: () => Promise<AuditEntry[]>;
  readonly remove: () => Promise<void>;
}

/** A project in a folder of its own, with a file store in it unless another one is given. */
export async function projectOf(
  project: string,
  change: Partial<ProjectYaml> = {},
  given?: Stores,
): Promise<TestProject> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-project-'));
  const file = join(folder, 'ratchet.yaml');
  const rowKey = new Uint8Array(32).fill(7);
  const stores = withRowKey(given ?? (await openStores(pathToFileURL(join(folder, 'store')).href)), rowKey);
  let written = 0;
  const write = async (next: Partial<ProjectYaml>): Promise<void> => {
    // Whole, as an editor writes it: who reads meanwhile reads the one before.
    const beside = `${file}.${(written += 1)}`;
    await writeFile(beside, stringify(projectYaml(project, next)));
    await rename(beside, file);
  };
  await write(change);
  return {
    context: {
      project,
      folder,
      file,
      stores,
      engines: [],
      rowKey,
      adapterFolder: join(folder, 'adapters'),
      jobFolder: join(folder, 'jobs'),
      client: () => Promise.reject(new Error('this test has no client')),
      environment: {trainer: '', trainerThreads: 1},
    },
    write,
    async audited() {
      const entries: AuditEntry[] = [];
      for await (const entry of stores.audit(project).entries()) entries.push(entry);
      return entries;
    },
    remove: () => rm(folder, {recursive: true, force: true}),
  };
}

/** The functions of an activity module as a worker registers them. */
export function registered(module: object, context: ActivityContext): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(module)
      .filter(([, body]) => typeof body === 'function')
      .map(([name, body]) => [name, asActivity(body as Parameters<typeof asActivity>[0], context)]),
  );
}
