import type {Command} from 'commander';
import {InvalidArgumentError} from 'commander';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {openStores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/verify-audit.ts';
import {acting, define, group} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import {collect, facts, time} from '../show.ts';

export function audit(program: Command): void {
  const parent = group(program, 'audit', {
    what: 'the append-only chain of every decision and pointer move; works with the stack down',
    examples: ['ratchet audit verify', 'ratchet audit list mail --last 100'],
  });

  define(parent, 'verify [project]', {
    what: 'prove that the chain is whole, that its signatures hold, and that the deployment is what its moves say; changes nothing',
    examples: ['ratchet audit verify', 'ratchet audit verify mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const results = [];
      for (const {store, config} of chosenProjects(named ?? options.project)) {
        const verified = await verifyAudit(await openStores(store), config.project);
        results.push({project: config.project, ...verified});
      }
      if (options.json) printJson(results);
      else
        for (const {project, entries, breaks, owed, head} of results) {
          print(
            breaks.length === 0
              ? `${project}: ${entries} entries hold; head ${head || '(empty)'}`
              : `${project}: ${breaks.length} break${breaks.length === 1 ? '' : 's'} in ${entries} entries`,
          );
          for (const {seq, reason} of breaks) print(`  entry ${seq}: ${reason}`);
          if (owed !== null) print(`  still without its entry, which the next move or run adds: ${owed}`);
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
                // What changed of the gates is there to be read whole.
                facts(data, kind === 'policy' ? Infinity : undefined),
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
