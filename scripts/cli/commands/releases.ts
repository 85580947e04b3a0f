import type {Command} from 'commander';
import type {Deployment} from '../../../schemas/deployment.ts';
import {retirementOf} from '../../../stores/retirements.ts';
import {openStores} from '../../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import type {Project} from '../project.ts';
import {collect, digest, time} from '../show.ts';

export function releases(program: Command): void {
  define(program, 'releases [project]', {
    what: 'list releases, what they are made of and which one answers; works with the stack down',
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
              one.base,
              digest(one.adapter),
              digest(one.dataset),
              digest(one.parent),
              time(one.judgedAt),
            ]),
            'no release yet',
          ),
        );
      return Exit.done;
    }),
  );
}

async function releasesOf({store, config}: Project) {
  const {objects, registry, pointers} = await openStores(store);
  const deployment = await pointers.read(config.project);
  const found = await collect(registry.releases(config.project));
  const listed = await Promise.all(
    found.map(async (release) => {
      const latest = (await registry.reports(config.project, release.digest)).at(-1);
      return {
        project: config.project,
        digest: release.digest,
        serves: serves(release.digest, deployment),
        retired: await retirementOf(objects, config.project, release.digest),
        verdict: latest?.result.verdict ?? null,
        base: release.base.name,
        adapter: release.adapter?.digest ?? null,
        dataset: release.createdFrom,
        parent: release.parent,
        judgedAt: latest?.at ?? null,
        report: latest?.result.report.sha256 ?? null,
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
