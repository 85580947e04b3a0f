import type {Command} from 'commander';
import {listReleases, type ListedRelease} from '../../records/releases.ts';
import {openStores} from '../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {digest, time} from '../show.ts';

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

async function releasesOf({store, config}: Project): Promise<ListedRelease[]> {
  return listReleases(await openStores(store), config.project);
}

/** A retired release that still answers, since a move was under way, is no less told to answer. */
export function standing(served: string, retired: boolean): string {
  if (!retired) return served;
  return served === 'former' || served === '–' ? 'retired' : `${served}, retired`;
}
