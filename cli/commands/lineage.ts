import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {openStores} from '../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {bareId, digestLineage, traceLineage} from '../../records/lineage.ts';
import type {Lineage} from '../../records/lineage.ts';
import {drawn, lineageTree} from '../lineage-tree.ts';
import {Exit, print, printJson} from '../output.ts';
import {chosenProjects} from '../project.ts';
import {findTrace} from './trace.ts';

export function lineage(program: Command): void {
  define(program, 'lineage <id>', {
    what: "from an answer (a trace's id) or a digest back to rows, adapter, prompt, report and approver; works with the stack down",
    examples: [
      'ratchet lineage chatcmpl-3decd4f6a1b2c3d4e5f60718293a4b5c',
      'ratchet lineage 3f9a1c20 --json',
    ],
  })
    .option('--rows', 'list every training row')
    .action(
      acting(async (id: string, options: CommonOptions & {readonly rows?: boolean}) => {
        const found = await find(id, options.project);
        if (options.json) printJson(found);
        else print(drawn(lineageTree(found, options.rows ?? false)).join('\n'));
        return Exit.done;
      }),
    );
}

/** 32 digits, or `chatcmpl-` before them, are a trace's id first and the beginning of a digest second. */
async function find(id: string, project: string | undefined): Promise<Lineage> {
  const bare = bareId(id);
  const isTrace = id !== bare || bare.length === 32;
  if (isTrace) {
    try {
      const {stores, trace} = await findTrace(bare, project);
      return await traceLineage(stores, trace);
    } catch (error) {
      if (id !== bare || !(error instanceof RatchetError) || error.type !== 'InvalidInput') throw error;
    }
  }
  const projects = chosenProjects(project);
  const found = (
    await Promise.all(
      projects.map(async ({store, config}) => digestLineage(await openStores(store), config.project, bare)),
    )
  ).filter((one) => one !== undefined);
  if (found.length === 1) return found[0]!;
  const names = projects.map(({config}) => config.project).join(', ');
  throw new RatchetError(
    'InvalidInput',
    found.length === 0
      ? `nothing of ${names} starts with ${bare}: no ${isTrace ? 'trace, ' : ''}release, dataset, adapter, report or prompt version`
      : `${bare} is in several projects (${found.map((one) => one.project).join(', ')}): name one with --project`,
  );
}
