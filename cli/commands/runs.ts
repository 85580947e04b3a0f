import type {Command} from 'commander';
import {openStores} from '../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import {collect, digest, time} from '../show.ts';

export function runs(program: Command): void {
  define(program, 'runs [project]', {
    what: 'list runs, latest first; works with the stack down',
    examples: ['ratchet runs', 'ratchet runs mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const lists = await Promise.all(
        chosenProjects(named ?? options.project).map(async ({store, config}) =>
          collect((await openStores(store)).registry.runs(config.project)),
        ),
      );
      const all = lists.flat().sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
      if (options.json) printJson(all);
      else
        print(
          table(
            ['run', 'started', 'status', 'outcome', 'verdict', 'dataset', 'release', 'note'],
            all.map((run) => [
              run.id,
              time(run.startedAt),
              run.status,
              run.outcome ?? '–',
              run.verdict ?? '–',
              digest(run.dataset),
              digest(run.release),
              run.note ?? '',
            ]),
            'no run yet',
          ),
        );
      return Exit.done;
    }),
  );
}
