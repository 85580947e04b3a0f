import {readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {
  Worker,
  type NativeConnection,
  type WorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import {deploymentName, taskQueue} from '../schemas/names.ts';
import {Artifacts} from '../stores/objects/artifacts.ts';
import {thisBuild, type Build} from '../host/build.ts';
import {deployedVersions, makeCurrent, openRuns, versionless} from '../temporal/deployed-versions.ts';
import type {DeploymentOf} from '../temporal/deployed-versions.ts';
import {KeptVersions} from '../stores/registry/kept-versions.ts';
import {openStore} from '../stores/objects/open-store.ts';
import {ScopedStore} from '../stores/objects/scoped-store.ts';
import {workflowBundle} from './bundle.ts';
import type {LazyClient} from './lazy-client.ts';
import type {WorkerSettings} from './settings.ts';

export interface Serving {
  readonly settings: WorkerSettings;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly client: LazyClient;
  /** What every worker of this process has: encryption, spans, metrics. */
  readonly observed: Pick<WorkerOptions, 'dataConverter' | 'interceptors' | 'sinks'>;
  readonly say: (line: string) => void;
  /** A new version waits until somebody else makes it the current one. */
  readonly hold: boolean;
}

/** How often Temporal is asked which versions have runs: a version is served at most so long after it has drained. */
const LOOK_MS = 30_000;
/** How long a new version's first poll takes to be known: tens of milliseconds to a second. */
const KNOWN_MS = 250;

/** Workflow executions held in memory: of this version, of each other one that is served beside it. */
const [CACHED, CACHED_BESIDE] = [100, 20];

/**
 * The workflow worker: this code's version, and beside it every former one that runs are pinned to, each from the bundle that
 * was kept when it was new. Returns when it was asked to end.
 */
export async function serveWorkflows(serving: Serving): Promise<void> {
  const {settings, namespace, client, say, hold} = serving;
  const {project} = settings;
  const {workflowService: service} = await client.get();
  const of: DeploymentOf = {service, namespace, project};
  const build = await thisBuild();

  const why = await versionless(of);
  if (why !== null) {
    say(
      `this Temporal routes no runs by version (${why}): open runs go on with the code of this worker, so let them end before their workflows change (docs/upgrades.md)`,
    );
    const worker = await workerOf(serving, await workflowBundle(build, 'index'));
    return worker.run();
  }

  // 1. Kept before it is served: no run may begin on a version that could not be served again.
  const bundle = await workflowBundle(build);
  const objects = new ScopedStore(await openStore(settings.store), 'workflow');
  const kept = new KeptVersions({objects, artifacts: new Artifacts(objects)}, project, settings.rowKey);
  await kept.keep(build, await readFile(bundle.codePath, 'utf8'), new Date().toISOString());

  // 2. This version, until the process is asked to end; the others as long as they are needed.
  const worker = await workerOf(serving, bundle, build.id);
  const over = new AbortController();
  const running = worker.run().finally(() => over.abort());
  const others = new FormerVersions(serving, of, build, kept);
  const beside = others.serve(over.signal);
  const became = hold ? Promise.resolve() : becomeCurrent(of, build.id, {over: over.signal, say});
  await Promise.all([running, beside, became]);
}

/** A version that has never been the current one becomes it; one that was replaced stays so, whoever starts it again. */
async function becomeCurrent(
  of: DeploymentOf,
  build: string,
  {over, say}: {readonly over: AbortSignal; readonly say: Serving['say']},
): Promise<void> {
  while (!over.aborted) {
    try {
      const known = (await deployedVersions(of)).find((version) => version.build === build);
      if (known?.wasCurrent) return;
      const made = known && (await makeCurrent(of, build));
      if (made?.status === 'current') return;
      if (made?.status === 'refused')
        return say(
          `build ${build} gets no runs: Temporal refuses to make it current (${made.reason}). Who may: ratchet versions --set-current ${build}`,
        );
    } catch (error) {
      say(`build ${build} is not current yet: ${reason(error)}`);
    }
    await delay(KNOWN_MS, undefined, {signal: over}).catch(() => undefined);
  }
}

/** Workers of versions other than this code's, begun and ended by what Temporal says of their runs. */
class FormerVersions {
  readonly #serving: Serving;
  readonly #of: DeploymentOf;
  readonly #own: Build;
  readonly #kept: KeptVersions;
  readonly #workers = new Map<string, {readonly worker: Worker; readonly ended: Promise<void>}>();
  /** What was said of a version, so that it is said once. */
  readonly #said = new Map<string, string>();

  constructor(serving: Serving, of: DeploymentOf, own: Build, kept: KeptVersions) {
    this.#serving = serving;
    this.#of = of;
    this.#own = own;
    this.#kept = kept;
  }

  async serve(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        await this.#look();
      } catch (error) {
        this.#say('', `which versions have runs could not be seen: ${reason(error)}`);
      }
      await delay(LOOK_MS, undefined, {signal: over}).catch(() => undefined);
    }
    for (const {worker} of this.#workers.values()) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all([...this.#workers.values()].map(({ended}) => ended));
  }

  async #look(): Promise<void> {
    for (const {build, status} of await deployedVersions(this.#of)) {
      if (build === this.#own.id) continue;
      const served = this.#workers.get(build);
      if (status === 'drained' && served) {
        this.#workers.delete(build);
        served.worker.shutdown();
        await served.ended;
        this.#serving.say(`build ${build} has drained: its last run has ended`);
      } else if ((status === 'draining' || status === 'current' || status === 'ramping') && !served) {
        await this.#begin(build, status);
      }
    }
  }

  async #begin(build: string, status: string): Promise<void> {
    let code: string | null;
    try {
      code = await this.#kept.code(build, this.#own.sdk);
    } catch (error) {
      return this.#say(build, `build ${build} is ${status} and cannot be served here: ${reason(error)}`);
    }
    if (code === null) {
      const runs = await openRuns(this.#of, build);
      // Somebody else's worker may serve it, and without runs nobody need.
      if (runs > 0)
        this.#say(
          build,
          `build ${build} is ${status} with ${runs} open runs, and its code is not in this store: only a worker that was started from it can go on with them`,
        );
      return;
    }
    const worker = await workerOf(this.#serving, {code}, build);
    const ended = worker.run().then(
      () => undefined,
      (error: unknown) => {
        this.#workers.delete(build);
        this.#serving.say(`the worker of build ${build} ended: ${reason(error)}`);
      },
    );
    this.#workers.set(build, {worker, ended});
    this.#serving.say(`serves build ${build} next to ${this.#own.id}: it is ${status}`);
  }

  #say(about: string, line: string): void {
    if (this.#said.get(about) === line) return;
    this.#said.set(about, line);
    this.#serving.say(line);
  }
}

/** A worker of one version; without a build ID one that Temporal gives every run. */
function workerOf(serving: Serving, workflowBundle: WorkflowBundleOption, build?: string): Promise<Worker> {
  const {settings, connection, namespace, observed} = serving;
  const {project} = settings;
  return Worker.create({
    connection,
    namespace,
    workflowBundle,
    ...observed,
    taskQueue: taskQueue(project, 'workflow'),
    shutdownGraceTime: '5 s',
    maxCachedWorkflows: 'code' in workflowBundle ? CACHED_BESIDE : CACHED,
    ...(build === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            useWorkerVersioning: true,
            version: {deploymentName: deploymentName(project), buildId: build},
            // A run ends with the code it began with; what upgrades by itself says so in its own file.
            defaultVersioningBehavior: 'PINNED',
          },
        }),
  });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
