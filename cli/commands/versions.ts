import type {Command} from 'commander';
import type {Client} from '@temporalio/client';
import {BuildId} from '../../schemas/kept-version.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {thisBuild} from '../../host/build.ts';
import {deployedVersions, makeCurrent, openRuns, versionless} from '../../temporal/deployed-versions.ts';
import type {DeployedVersion, DeploymentOf} from '../../temporal/deployed-versions.ts';
import {proofOf} from '../../stores/audit/act-proof.ts';
import {openStores} from '../../stores/stores.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {time} from '../show.ts';
import {withTemporal} from '../temporal.ts';

interface VersionsOptions extends CommonOptions, WhoOptions {
  readonly setCurrent?: string;
}

/** A version with how many open runs are pinned to it. */
type Listed = DeployedVersion & {readonly openRuns: number};

export function versions(program: Command): void {
  define(program, 'versions [project]', {
    what: 'list the versions of the workflow code: which one new runs get, and how many runs each has',
    examples: ['ratchet versions', 'ratchet versions mail --set-current 3f9a1c20d4e5'],
  })
    .option('--set-current <build>', 'send new runs and the monitor to this version; a worker must serve it')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: VersionsOptions) => {
        const project = chosenProject(named ?? options.project);
        const here = (await thisBuild()).id;
        return withTemporal(project, async (client) => {
          const of = deployment(client, project.config.project);
          const why = await versionless(of);
          if (why !== null)
            throw new RatchetError(
              'Unavailable',
              `this Temporal routes no runs by version (${why}): it takes a server from 1.28 on, with Worker Deployments on and readable by you`,
            );
          if (options.setCurrent !== undefined)
            await setCurrent(project, of, {build: options.setCurrent, key: options.key});
          const known = await deployedVersions(of);
          const all: Listed[] = await Promise.all(
            known.map(async (version) => ({...version, openRuns: await openRuns(of, version.build)})),
          );
          if (options.json) printJson({project: of.project, here, versions: all});
          else show(all, here);
          return Exit.done;
        });
      }),
    );
}

function deployment(client: Client, project: string): DeploymentOf {
  return {service: client.workflowService, namespace: client.options.namespace, project};
}

async function setCurrent(
  project: Project,
  of: DeploymentOf,
  {build, key}: {readonly build: string; readonly key: string | undefined},
): Promise<void> {
  const known = (await deployedVersions(of)).map((version) => version.build);
  if (!BuildId.safeParse(build).success || !known.includes(build))
    throw new RatchetError(
      'InvalidInput',
      `--set-current: expected a build of ${of.project} (${known.join(', ') || 'no worker was ever seen'}), got ${build}`,
    );
  const stores = await openStores(project.store);
  const by = await provedActor(project, stores, {act: 'set_current', key});
  const data = {build, ...proofOf(by.sign({build}))};
  await stores.audit(of.project).append({kind: 'set_current', actor: by.name, data});
  const made = await makeCurrent(of, build);
  if (made.status === 'current') return say(`new runs of ${of.project} go to ${build}`);
  const why = made.status === 'refused' ? made.reason : 'no worker of it was seen';
  throw new RatchetError('NotPermitted', `Temporal does not make ${build} current: ${why}`);
}

function show(all: readonly Listed[], here: string): void {
  print(
    table(
      ['build', 'status', 'open runs', 'first seen', ''],
      all.map(({build, status, openRuns: open, since}) => [
        build,
        status,
        `${open}`,
        time(since),
        build === here ? 'the code here' : '',
      ]),
      'no worker yet: `ratchet up`',
    ),
  );
  if (all.length > 0 && !all.some(({build}) => build === here))
    say(`the code here is ${here}, and no worker has served it: \`ratchet up\` moves to it`);
}
