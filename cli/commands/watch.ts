import type {Command} from 'commander';
import {STAGES} from '../../schemas/names.ts';
import type {RunRecord, RunStage} from '../../schemas/run.ts';
import {openStores} from '../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {findRun, projectOfRun} from '../find-run.ts';
import {followRun} from '../follow-run.ts';
import {Exit, print, printJson, styled} from '../output.ts';
import {projectOrPart} from '../project.ts';
import {time} from '../show.ts';
import {withTemporal} from '../temporal.ts';

export function watch(program: Command): void {
  define(program, 'watch [run]', {
    what: "follow a run to its end, by its ID, or a project's latest run by the project's name; Ctrl-C leaves it running",
    examples: ['ratchet watch', 'ratchet watch mail', 'ratchet watch lifecycle/mail/20021203T114636Z-k3f9qa'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const {project, part} = projectOrPart(named, options.project ?? projectOfRun(named));
      const stores = await openStores(project.store);
      const id = await findRun(stores, project.config.project, part);
      const record = await stores.registry.run(project.config.project, id);
      // What has ended stands in the store, whether Temporal is up or not.
      if (record && record.status !== 'running') return ended(record, options);
      return withTemporal(project, (client) => followRun(client, id, project, options));
    }),
  );
}

function ended(run: RunRecord, options: CommonOptions): Exit {
  if (options.json) printJson(run);
  else {
    print(`${run.id}: ${run.status}${run.outcome ? `, ${run.outcome}` : ''}, ${time(run.endedAt)}`);
    for (const [name, stage] of inOrder(run))
      print(
        `  ${name.padEnd(9)} ${stage.cached ? 'cached' : stage.status}${stage.note ? `  ${stage.note}` : ''}`,
      );
    if (run.note) print(styled(run.status === 'done' ? 'reset' : 'red', run.note));
  }
  return run.outcome === 'promoted' || run.outcome === 'cached' ? Exit.done : Exit.failed;
}

/** The order in which a run goes through its stages; a document's keys have none. */
function inOrder({stages}: RunRecord): [string, RunStage][] {
  return [...STAGES, 'replay' as const].flatMap((name) => {
    const stage = stages[name];
    return stage ? [[name, stage]] : [];
  });
}
