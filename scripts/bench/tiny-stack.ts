import {copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {createKey, type SigningKey} from '../../stores/access/keys.ts';
import {openProject} from '../../cli/project.ts';
import type {Project} from '../../stack/project-file.ts';
import {lastLines} from '../../stack/log-file.ts';
import {planStack} from '../../stack/plan.ts';
import {stackPaths} from '../../stack/stack-file.ts';
import {supervise, type StackPlan, type Supervisor} from '../../stack/supervisor.ts';

export interface TinyStack {
  readonly project: Project;
  /** The approver's. */
  readonly key: SigningKey;
  /** The same person as one who starts runs: named as the project names the key. */
  readonly starter: {readonly name: string; readonly key: string; readonly signing: SigningKey};
  readonly supervisor: Supervisor;
}

const READY_MS = 300_000;

export interface TinyOptions {
  /** These parts are started; all where it is missing. */
  readonly only?: readonly string[];
  /** 64 hex digits: with the same, two copies come to the same digests. */
  readonly rowKey?: string;
  /** A folder that `keepAs` left: the stack goes on from there. tiny/ratchet.yaml alone where it is missing. */
  readonly from?: string;
  /** Where the project's folder is put when its stack is down; else it is removed. */
  readonly keepAs?: string;
  readonly alter?: (plan: StackPlan) => StackPlan;
}

/**
 * Runs `body` while the stack of a copy of tiny/ratchet.yaml is up, supervised by this process: whatever happens to it, the
 * stack ends.
 */
export async function onTinyStack<T>(
  body: (stack: TinyStack) => Promise<T>,
  {only, rowKey, from, keepAs, alter = (plan) => plan}: TinyOptions = {},
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-bench-'));
  try {
    const {project, key} = await tinyProject(folder, {rowKey, from});
    const supervisor = await supervise(folder, async (ports) => {
      const plan = await planStack(project, ports);
      return alter({...plan, parts: plan.parts.filter(({name}) => only?.includes(name) ?? true)});
    });
    try {
      await up(supervisor, folder);
      const starter = {name: project.config.approval.approvers[0]!.name, key: key.id, signing: key};
      return await body({project, key, starter, supervisor});
    } finally {
      await supervisor.stop();
      if (keepAs !== undefined) await rename(folder, keepAs);
    }
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}

/** A copy of tiny/ratchet.yaml, or of the folder `from`, with a new approver's key. */
export async function tinyProject(
  folder: string,
  {rowKey, from}: Pick<TinyOptions, 'rowKey' | 'from'> = {},
): Promise<Pick<TinyStack, 'project' | 'key'>> {
  const file = path.join(folder, 'ratchet.yaml');
  if (from === undefined) await copyFile(path.join(import.meta.dirname, 'tiny', 'ratchet.yaml'), file);
  else await cp(from, folder, {recursive: true});
  const key = await createKey(`bench-${path.basename(folder)}`);
  await mkdir(path.join(folder, '.ratchet'), {recursive: true});
  if (rowKey !== undefined)
    await writeFile(path.join(folder, '.ratchet', 'project.key'), rowKey, {mode: 0o600});
  await writeFile(path.join(folder, '.ratchet', 'approver.pub.pem'), key.publicPem);
  return {project: openProject(file), key};
}

async function up(supervisor: Supervisor, folder: string): Promise<void> {
  const late = new AbortController();
  const timeUp = delay(READY_MS, undefined, {signal: late.signal}).then(() => {
    const waiting = Object.entries(supervisor.state().parts).filter(([, {status}]) => status !== 'ready');
    const {logs} = stackPaths(folder);
    const why = waiting.map(([name, {status, note}]) =>
      [`${name} ${status} ${note}`.trim(), ...lastLines(path.join(logs, `${name}.log`), 3)].join(' / '),
    );
    throw new Error(`the stack is not up after ${READY_MS / 1000} s: ${why.join('; ')}`);
  });
  timeUp.catch(() => undefined);
  await Promise.race([supervisor.ready, timeUp]);
  late.abort();
}
