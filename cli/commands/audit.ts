import {readFile} from 'node:fs/promises';
import type {Command} from 'commander';
import {InvalidArgumentError} from 'commander';
import type {AuditEntry} from '../../schemas/audit.ts';
import type {SignedHead} from '../../schemas/access.ts';
import type {AuditBreak} from '../../stores/audit/audit.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {listKeys, loadKey} from '../../stores/access/keys.ts';
import {rulesInForce} from '../../stores/access/rules.ts';
import {entryFacts} from '../../stores/audit/entry-facts.ts';
import {headAmiss, readHead, signHead} from '../../stores/audit/signed-head.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {verifyAudit} from '../../stores/audit/verify-audit.ts';
import {signingKey} from '../../stores/access/actor.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, styled, table} from '../output.ts';
import {chosenProject, chosenProjects} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {collect, time} from '../show.ts';

interface VerifyOptions extends CommonOptions {
  readonly head?: string;
  readonly former?: boolean;
  readonly content: boolean;
}

export function audit(program: Command): void {
  const parent = group(program, 'audit', {
    what: 'the append-only chain of every decision and pointer move; works with the stack down',
    examples: ['ratchet audit verify', 'ratchet audit list mail --last 100'],
  });
  verify(parent);
  head(parent);
  listEntries(parent);
}

function verify(parent: Command): void {
  define(parent, 'verify [project]', {
    what: 'check the whole chain: its links, signatures and quorums, the moves that they permit, the deployment that results, and the bytes that it names; changes nothing',
    examples: [
      'ratchet audit verify',
      'ratchet audit verify mail --json',
      'ratchet audit verify mail --head head.json',
    ],
  })
    .option(
      '--head <file>',
      'a head printed by `ratchet audit head`: prove that nothing up to it has changed',
    )
    .option('--former', 'also read the content of earlier releases')
    .option('--no-content', 'skip the content of releases: adapters, reports, datasets')
    .action(
      acting(async (named: string | undefined, options: VerifyOptions) => {
        const results = [];
        const projects =
          options.head === undefined
            ? chosenProjects(named ?? options.project)
            : [chosenProject(named ?? options.project)];
        for (const project of projects) {
          const {config} = project;
          const stores = await projectStores(project);
          const kept = options.head === undefined ? null : await keptHead(project, stores, options.head);
          const content = options.content ? (options.former ? 'all' : 'serving') : null;
          const verified = await verifyAudit(stores, config.project, content);
          const amiss = kept && (await headAmiss(stores.audit(config.project), kept));
          const breaks =
            amiss === null || kept === null
              ? verified.breaks
              : [...verified.breaks, {seq: kept.seq, reason: amiss}];
          const proved =
            kept === null ? {} : {proved: {seq: kept.seq, at: kept.at, holds: breaks.length === 0}};
          results.push({project: config.project, ...verified, breaks, ...proved});
        }
        if (options.json) printJson(results);
        else
          for (const {project, entries, breaks, unproved, alarms, newer, owed, head, proved} of results) {
            print(
              breaks.length === 0
                ? `${project}: ${entries} entries hold; head ${head || '(empty)'}`
                : `${project}: ${breaks.length} break${breaks.length === 1 ? '' : 's'} in ${entries} entries`,
            );
            if (proved?.holds)
              print(`  nothing up to entry ${proved.seq} has changed since ${time(proved.at)}`);
            for (const {seq, reason} of breaks) print(`  entry ${seq}: ${reason}`);
            for (const {seq, reason} of alarms) print(styled('red', `  ALARM: entry ${seq}: ${reason}`));
            if (newer > 0) print(`  ${ofNewer(newer)}`);
            for (const line of grouped(unproved)) print(`  unproved: ${line}`);
            if (owed !== null) print(`  still without its entry, which the next move or run adds: ${owed}`);
          }
        return results.every(({breaks}) => breaks.length === 0) ? Exit.done : Exit.failed;
      }),
    );
}

function head(parent: Command): void {
  define(parent, 'head [project]', {
    what: 'print the end of the chain, signed with your key: kept elsewhere, it proves with `audit verify --head` that nothing before it changed',
    examples: ['ratchet audit head mail > head-2026-11-26.json'],
  })
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: CommonOptions & WhoOptions) => {
        const project = chosenProject(named ?? options.project);
        const key = await signingKey(project, options.key);
        const head = await signHead((await projectStores(project)).audit(project.config.project), key);
        if (options.json) printJson(head);
        else print(JSON.stringify(head));
        return Exit.done;
      }),
    );
}

function listEntries(parent: Command): void {
  define(parent, 'list [project]', {
    what: 'list entries, latest last',
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
              entries.map((entry) => [
                entry.project,
                `${entry.seq}`,
                time(entry.at),
                entry.kind,
                entry.actor,
                entryFacts(entry),
              ]),
              'the chain is empty',
            ),
          );
        return Exit.done;
      }),
    );
}

/** A head that was kept, if it is signed by one of the caller's own keys or by somebody of the project. */
async function keptHead(project: Project, stores: Stores, file: string): Promise<SignedHead> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new RatchetError('InvalidInput', `--head ${file} cannot be read (${cause.code})`, {cause});
  });
  const {config, folder} = project;
  const own = await Promise.all(
    (await listKeys()).map((name) => loadKey(name, {...process.env, RATCHET_KEY: undefined})),
  );
  const named = process.env['RATCHET_KEY'] ? [await loadKey('RATCHET_KEY')] : [];
  const {people} = await rulesInForce(stores, config.project, () => Promise.resolve({config, folder}));
  return readHead(text, config.project, new Set([...own, ...named, ...people].map(({id}) => id)));
}

const MOST_NAMED = 8;

function ofNewer(entries: number): string {
  return entries === 1
    ? '1 entry of a kind that a newer Ratchet wrote: it explains and permits nothing here'
    : `${entries} entries of kinds that a newer Ratchet wrote: they explain and permit nothing here`;
}

/** A line for each reason, with the entries that it is of. */
function grouped(unproved: readonly AuditBreak[]): string[] {
  const entries = new Map<string, number[]>();
  for (const {seq, reason} of unproved) {
    const all = entries.get(reason);
    if (all === undefined) entries.set(reason, [seq]);
    else all.push(seq);
  }
  return [...entries].map(([reason, all]) => {
    const rest = all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : '';
    const named = `${all.slice(0, MOST_NAMED).join(', ')}${rest}`;
    return `${all.length === 1 ? 'entry' : 'entries'} ${named}: ${reason}`;
  });
}

function atLeastOne(text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 1) return n;
  throw new InvalidArgumentError('expected a whole number of at least 1');
}
