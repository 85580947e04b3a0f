import type {Command} from 'commander';
import type {Deployment} from '../../schemas/deployment.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import {retirementOf} from '../../stores/registry/retirements.ts';
import {openStores} from '../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {collect, digest, time} from '../show.ts';

export function releases(program: Command): void {
  define(program, 'releases [project]', {
    what: 'list releases, their parts and which one answers; works with the stack down',
    examples: ['ratchet releases', 'ratchet releases mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const all = (await Promise.all(chosenProjects(named ?? options.project).map(releasesOf))).flat();
      if (options.json) printJson(all);
      else
        print(
          table(
            ['project', 'release', 'serves', 'verdict', 'base', 'adapter', 'dataset', 'parent', 'judged'],
            all.map((one) => [
              one.project,
              digest(one.digest),
              standing(one.serves, one.retired !== null),
              one.verdict ?? '–',
              one.amiss === null ? one.base! : 'CHANGED',
              digest(one.adapter),
              digest(one.dataset),
              digest(one.parent),
              time(one.judgedAt),
            ]),
            'no release yet',
          ),
        );
      for (const {digest: name, amiss} of all) if (amiss !== null) say(`release ${digest(name)}: ${amiss}`);
      return all.every(({amiss}) => amiss === null) ? Exit.done : Exit.failed;
    }),
  );
}

async function releasesOf({store, config}: Project) {
  const {artifacts, objects, registry, pointers} = await openStores(store);
  const deployment = await pointers.read(config.project);
  const found = await collect(registry.releases(config.project));
  const listed = await Promise.all(
    found.map(async ({digest: name, release, amiss}) => {
      const reports = await registry.reports(config.project, name);
      const latest = reports.at(-1);
      return {
        project: config.project,
        digest: name,
        serves: serves(name, deployment),
        retired: await retirementOf(objects, config.project, name),
        verdict: latest ? (await provenReport(artifacts, latest)).verdict : null,
        base: release?.base.name ?? null,
        adapter: release?.adapter?.digest ?? null,
        dataset: release?.createdFrom ?? null,
        parent: release?.parent ?? null,
        judgedAt: latest?.at ?? null,
        report: latest?.result.report.sha256 ?? null,
        amiss,
      };
    }),
  );
  return listed.sort((a, b) => ((a.judgedAt ?? '') < (b.judgedAt ?? '') ? 1 : -1));
}

/** `stable 90 %`, `canary 10 %`, `shadow 100 %`, `former`, `–` */
function serves(release: string, deployment: Deployment | null): string {
  if (!deployment) return '–';
  const {stable, canary, shadow, former} = deployment;
  const parts = [
    ...(stable === release ? [`stable ${100 - (canary?.weight ?? 0)} %`] : []),
    ...(canary?.release === release ? [`canary ${canary.weight} %`] : []),
    ...(shadow?.release === release ? [`shadow ${shadow.weight} %`] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return former.includes(release) ? 'former' : '–';
}

/** A retired release that still answers, since a move was under way, is no less told to answer. */
export function standing(served: string, retired: boolean): string {
  if (!retired) return served;
  return served === 'former' || served === '–' ? 'retired' : `${served}, retired`;
}
