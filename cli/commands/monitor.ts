import {WorkflowNotFoundError, WorkflowUpdateFailedError} from '@temporalio/client';
import type {Client} from '@temporalio/client';
import type {Command} from 'commander';
import type {MonitorLook} from '../../schemas/drift.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {CHECK_NOW, LAST_LOOK, RESET_CIRCUIT} from '../../schemas/messages.ts';
import type {PersonActs} from '../../schemas/messages.ts';
import {monitorWorkflowId} from '../../schemas/names.ts';
import {actor} from '../../stores/access/actor.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {time} from '../show.ts';
import {signedAct} from '../../stores/access/sign-act.ts';
import {withTemporal} from '../temporal.ts';

interface ResetOptions extends CommonOptions, WhoOptions {
  readonly comment: string;
}

/** A look reads, embeds and permutes two windows. */
const LOOK_MS = 15 * 60_000;

/** What watches the answers of a project: one workflow, from its first promotion on. */
export function monitor(program: Command): void {
  const parent = group(program, 'monitor', {
    what: 'show or control the drift monitor of a project',
    examples: ['ratchet monitor show', 'ratchet monitor check mail --json'],
  });

  define(parent, 'show [project]', {what: 'show its last check', examples: ['ratchet monitor show']}).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      const look = await asked(project, (client) =>
        handle(client, project).query<MonitorLook | null>(LAST_LOOK),
      );
      return told(look, options);
    }),
  );

  define(parent, 'check [project]', {
    what: 'check the newest answers now; drift starts a retrain',
    examples: ['ratchet monitor check', 'ratchet monitor check mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      const look = await asked(project, (client) =>
        client.withDeadline(Date.now() + LOOK_MS, () =>
          handle(client, project).executeUpdate<MonitorLook, []>(CHECK_NOW),
        ),
      );
      return told(look, options);
    }),
  );

  define(parent, 'reset [project]', {
    what: 'close the circuit that opened because retrains were not promoted',
    examples: ['ratchet monitor reset --comment "labels repaired"'],
  })
    .requiredOption('-c, --comment <text>', 'why; kept in the audit chain')
    .option(...WHO_OPTION)
    .action(
      acting(async (named: string | undefined, options: ResetOptions) => {
        const project = chosenProject(named ?? options.project);
        const {name: by, signing} = await actor(project, options.key);
        const {comment} = options;
        await asked(project, async (client) => {
          const {workflowId, runId} = await handle(client, project).describe();
          const about = {monitor: workflowId, run: runId};
          const signed = signedAct(signing, {project: project.config.project, act: 'reset', about, comment});
          await client.workflow
            .getHandle(workflowId, runId)
            .executeUpdate<unknown, [PersonActs]>(RESET_CIRCUIT, {
              args: [{by, comment, ...(signed === undefined ? {} : {signed})}],
            });
        });
        if (options.json) printJson({project: project.config.project, circuit: 'closed', by});
        else print(`the circuit of ${project.config.project} is closed, by ${by}`);
        return Exit.done;
      }),
    );
}

function handle(client: Client, {config}: Project) {
  return client.workflow.getHandle(monitorWorkflowId(config.project));
}

async function asked<T>(project: Project, question: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await withTemporal(project, question);
  } catch (error) {
    const name = project.config.project;
    if (error instanceof WorkflowNotFoundError)
      throw new RatchetError(
        'InvalidInput',
        `${name} has no monitor yet: it starts with the first promotion`,
        {cause: error},
      );
    if (error instanceof WorkflowUpdateFailedError)
      throw new RatchetError('NotPermitted', `refused: ${error.cause?.message ?? error.message}`, {
        cause: error,
      });
    throw error;
  }
}

function told(look: MonitorLook | null, options: CommonOptions): Exit {
  if (options.json) {
    printJson(look);
    return Exit.done;
  }
  if (!look) {
    print('it has not checked yet');
    return Exit.done;
  }
  print(`${time(look.at)}  ${look.note}; retrain: ${look.retrain}`);
  const columns = look.check?.drift.columns ?? [];
  if (columns.length > 0)
    print(
      table(
        ['column', 'statistic', 'effect', 'threshold', 'p', '', 'note'],
        columns.map((one) => [
          one.column,
          one.statistic,
          one.effect.toFixed(4),
          String(one.threshold),
          one.p.toFixed(4),
          one.drifted ? 'drifted' : '',
          one.note ?? '',
        ]),
        '',
      ),
    );
  return Exit.done;
}
