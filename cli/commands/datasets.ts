import type {Command} from 'commander';
import {Provenance} from '../../schemas/dataset.ts';
import {openStores} from '../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {searchDataset} from './search-dataset.ts';
import {collect, count, counts, digest} from '../show.ts';

export function datasets(program: Command): void {
  const command = define(program, 'datasets [project]', {
    what: 'list dataset versions with their splits and drops; works with the stack down',
    examples: ['ratchet datasets', 'ratchet datasets mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const all = (await Promise.all(chosenProjects(named ?? options.project).map(datasetsOf))).flat();
      if (options.json) printJson(all);
      else
        print(
          table(
            ['project', 'dataset', 'read', 'kept', 'splits', 'dropped', 'parents'],
            all.map((one) => [
              one.project,
              digest(one.digest),
              count(one.rowsIn),
              count(one.rowsKept),
              counts(one.counts),
              counts(one.drops),
              one.parents.map(digest).join(', ') || '–',
            ]),
            'no dataset version yet',
          ),
        );
      return Exit.done;
    }),
  );
  // What stands behind `search` is its own: --json too.
  searchDataset(command.enablePositionalOptions());
}

async function datasetsOf({store, config}: Project) {
  const {registry, artifacts} = await openStores(store);
  const versions = await collect(registry.datasets(config.project));
  return Promise.all(
    versions.map(async ({project, digest: version, counts: splits, provenance}) => {
      const {rowsIn, rowsKept, drops, parents, sources} = await artifacts.getJson(provenance, Provenance);
      return {project, digest: version, counts: splits, rowsIn, rowsKept, drops, parents, sources};
    }),
  );
}
