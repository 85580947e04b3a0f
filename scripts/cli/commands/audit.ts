import type {Command} from 'commander';
import {InvalidArgumentError} from 'commander';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {openStores} from '../../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import {collect, facts, time} from '../show.ts';

export function audit(program: Command): void {
  const parent = program
    .command('audit')
    .description('the append-only chain of every decision and pointer move; works with the stack down');

  define(parent, 'verify [project]', {
    what: 'read the whole chain and prove that nothing in it was changed, removed or cut off',
    examples: ['ratchet audit verify', 'ratchet audit verify mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const results = [];
      for (const {store, config} of chosenProjects(named ?? options.project)) {
        const stores = await openStores(store);
        const owed = await stores.pointers.reconcile(config.project);
        if (owed)
          say(`${config.project}: entry ${owed.seq} was owed by a process that died in a move: added`);
        results.push({project: config.project, ...(await stores.audit(config.project).verify())});
      }
      if (options.json) printJson(results);
      else
        for (const {project, entries, breaks, head} of results) {
          print(
            breaks.length === 0
              ? `${project}: ${entries} entries hold; head ${head || '(empty)'}`
              : `${project}: ${breaks.length} of ${entries} entries do not hold`,
          );
          for (const {seq, reason} of breaks) print(`  entry ${seq}: ${reason}`);
        }
      return results.every(({breaks}) => breaks.length === 0) ? Exit.done : Exit.failed;
    }),
  );

  define(parent, 'list [project]', {
    what: 'list entries, the latest last',
    examples: ['ratchet audit list', 'ratchet audit list mail --last 100'],
  })
    .option('-n, --last <n>', 'only the last n', atLeastOne, 20)
    .action(
      acting(async (named: string | undefined, options: CommonOptions & {readonly last: number}) => {
        const entries: AuditEntry[] = [];
        for (const {store, config} of chosenProjects(named ?? options.project))
          entries.push(
            ...(await collect((await openStores(store)).audit(config.project).entries())).slice(
              -options.last,
            ),
          );
        if (options.json) printJson(entries);
        else
          print(
            table(
              ['project', 'entry', 'at', 'what', 'by', 'facts'],
              entries.map(({project, seq, at, kind, actor, data}) => [
                project,
                `${seq}`,
                time(at),
                kind,
                actor,
                facts(data),
              ]),
              'the chain is empty',
            ),
          );
        return Exit.done;
      }),
    );
}

function atLeastOne(text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 1) return n;
  throw new InvalidArgumentError('expected a whole number of at least 1');
}
