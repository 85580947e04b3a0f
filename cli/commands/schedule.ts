import {ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy} from '@temporalio/client';
import type {Client, ScheduleHandle, ScheduleSpec, ScheduleSummary} from '@temporalio/client';
import type {Command} from 'commander';
import {RatchetError} from '../../schemas/errors.ts';
import {taskQueue} from '../../schemas/names.ts';
import {Duration} from '../../schemas/project.ts';
import type {RetrainInput} from '../../schemas/retrain.ts';
import {proofOf} from '../../stores/audit/act-proof.ts';
import {openStores} from '../../stores/stores.ts';
import {WHO_OPTION, acting, define, group} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {chosenProject} from '../project.ts';
import type {Project} from '../../stack/project-file.ts';
import {provedActor} from '../../stores/access/proved-actor.ts';
import {time} from '../show.ts';
import {withTemporal} from '../temporal.ts';
import {whoMayApprove} from '../../runs/who-may-approve.ts';

interface CreateOptions extends CommonOptions, WhoOptions {
  readonly every?: string;
  readonly cron?: string;
  readonly timeZone: string;
}

const DEFAULT_NAME = 'retrain';
/** A time that passed while the server was away is made up for only so long after. */
const CATCH_UP = '1 hour';

/** A project's schedules: each starts a retrain, and none does while one is going on. */
export function schedule(program: Command): void {
  const parent = group(program, 'schedule', {
    what: 'retrain at fixed times, by a Temporal Schedule',
    examples: ['ratchet schedule create --every "7 d"', 'ratchet schedule list'],
  });
  createSchedule(parent);
  listSchedules(parent);
  one(
    parent,
    'pause [name]',
    'pause a schedule until `schedule resume`',
    'ratchet schedule pause',
    'is paused',
    (handle) => handle.pause(`by hand, ${new Date().toISOString()}`),
  );
  one(parent, 'resume [name]', 'resume a paused schedule', 'ratchet schedule resume', 'goes on', (handle) =>
    handle.unpause(`by hand, ${new Date().toISOString()}`),
  );
  one(
    parent,
    'trigger [name]',
    'retrain now, as the schedule would',
    'ratchet schedule trigger',
    'was triggered',
    (handle) => handle.trigger(ScheduleOverlapPolicy.SKIP),
  );
  one(
    parent,
    'delete [name]',
    'delete a schedule; a running retrain continues',
    'ratchet schedule delete',
    'is deleted',
    (handle) => handle.delete(),
  );
}

function createSchedule(parent: Command): void {
  define(parent, 'create [name]', {
    what: `make a schedule (named ${DEFAULT_NAME} by default)`,
    examples: [
      'ratchet schedule create --every "7 d"',
      'ratchet schedule create nightly --cron "0 3 * * *" --time-zone Europe/Berlin',
    ],
  })
    .option('--every <duration>', 'the interval: "12 h", "7 d"')
    .option('--cron <cron>', 'the times: minute hour day month weekday')
    .option('--time-zone <zone>', 'the time zone of --cron', 'UTC')
    .option(...WHO_OPTION)
    .action(
      acting(async (name: string | undefined, options: CreateOptions) => {
        const project = chosenProject(options.project);
        const spec = specOf(options);
        const id = scheduleId(project, name);
        await whoMayApprove(project);
        const audited = await signed(project, options.key);
        await withTemporal(project, async (client) => {
          await refuseThere(client, id);
          await audited({do: 'create', schedule: id, spec: JSON.stringify(spec)});
          await create(client, project, id, spec);
        });
        return told(options, {schedule: id, status: 'created'}, `${id} is made`);
      }),
    );
}

function listSchedules(parent: Command): void {
  define(parent, 'list [project]', {
    what: 'list the schedules of a project',
    examples: ['ratchet schedule list', 'ratchet schedule list mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const project = chosenProject(named ?? options.project);
      const all = await withTemporal(project, (client) => list(client, project));
      if (options.json) printJson(all);
      else
        print(
          table(
            ['schedule', 'state', 'next', 'last'],
            all.map((one) => [
              one.schedule,
              one.paused ? `paused${one.note ? `: ${one.note}` : ''}` : 'on',
              time(one.next),
              time(one.last),
            ]),
            'no schedule',
          ),
        );
      return Exit.done;
    }),
  );
}

/** A command that does one thing to one schedule. */
function one(
  parent: Command,
  usage: string,
  what: string,
  example: string,
  done: string,
  act: (handle: ScheduleHandle) => Promise<void>,
): void {
  const verb = usage.split(' ')[0]!;
  define(parent, usage, {what, examples: [example, `${example} nightly --json`]})
    .option(...WHO_OPTION)
    .action(
      acting(async (name: string | undefined, options: CommonOptions & WhoOptions) => {
        const project = chosenProject(options.project);
        const id = scheduleId(project, name);
        const audited = await signed(project, options.key);
        try {
          await withTemporal(project, async (client) => {
            const handle = client.schedule.getHandle(id);
            await handle.describe();
            await audited({do: verb, schedule: id});
            await act(handle);
          });
        } catch (error) {
          if (!(error instanceof ScheduleNotFoundError)) throw error;
          throw new RatchetError(
            'InvalidInput',
            `no schedule ${id}: \`ratchet schedule list\` shows those there are`,
            {cause: error},
          );
        }
        return told(options, {schedule: id, status: verb}, `${id} ${done}`);
      }),
    );
}

/** Audits what is about to be asked of Temporal, signed where the project names people. Throws NotPermitted for who may not. */
async function signed(
  project: Project,
  key: string | undefined,
): Promise<(about: Readonly<Record<'do' | 'schedule', string>> & {spec?: string}) => Promise<void>> {
  const stores = await openStores(project.store);
  const by = await provedActor(project, stores, {act: 'schedule', key});
  return async (about) => {
    const data = {...about, ...proofOf(by.sign({...about}))};
    await stores.audit(project.config.project).append({kind: 'schedule', actor: by.name, data});
  };
}

/** Before it is audited: one that is there already is not made. */
async function refuseThere(client: Client, scheduleId: string): Promise<void> {
  const there = await client.schedule
    .getHandle(scheduleId)
    .describe()
    .then(
      () => true,
      (error: unknown) => {
        if (error instanceof ScheduleNotFoundError) return false;
        throw error;
      },
    );
  if (there) throw isThere(scheduleId);
}

function isThere(scheduleId: string, cause?: unknown): RatchetError {
  return new RatchetError(
    'InvalidInput',
    `${scheduleId} is there already: delete it first, or give another name`,
    {cause},
  );
}

async function create(
  client: Client,
  {config}: Project,
  scheduleId: string,
  spec: ScheduleSpec,
): Promise<void> {
  const {project} = config;
  const input: RetrainInput = {project, reason: 'schedule', startedBy: 'schedule', starterKey: ''};
  try {
    await client.schedule.create({
      scheduleId,
      spec,
      action: {
        type: 'startWorkflow',
        workflowType: 'startRetrain',
        workflowId: `start-${scheduleId}`,
        taskQueue: taskQueue(project, 'workflow'),
        args: [input],
        staticSummary: `Scheduled retrain of ${project}`,
      },
      policies: {overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP, pauseOnFailure: true},
    });
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) throw isThere(scheduleId, error);
    // What the client makes of a specification that the server refuses.
    if (error instanceof TypeError)
      throw new RatchetError('InvalidInput', `Temporal refuses the schedule: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

async function list(client: Client, {config}: Project) {
  const prefix = `schedule/${config.project}/`;
  const found: ScheduleSummary[] = [];
  for await (const summary of client.schedule.list())
    if (summary.scheduleId.startsWith(prefix)) found.push(summary);
  return found.map(({scheduleId: id, state, info}) => ({
    schedule: id,
    paused: state.paused,
    note: state.note ?? '',
    next: info.nextActionTimes[0]?.toISOString() ?? null,
    last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
  }));
}

function scheduleId({config}: Project, name = DEFAULT_NAME): string {
  const bare = name.replace(`schedule/${config.project}/`, '');
  if (/^[a-z][a-z0-9-]{0,40}$/.test(bare)) return `schedule/${config.project}/${bare}`;
  throw new RatchetError(
    'InvalidInput',
    `"${name}" is not a schedule name: expected up to 41 small letters, digits and dashes, a letter first`,
  );
}

function specOf({every, cron, timeZone}: CreateOptions): ScheduleSpec {
  if ((every === undefined) === (cron === undefined))
    throw new RatchetError('InvalidInput', 'when? Give either --every "7 d" or --cron "0 3 * * *"');
  if (cron !== undefined) {
    if (cron.trim().split(/\s+/).length !== 5)
      throw new RatchetError(
        'InvalidInput',
        `--cron: expected five fields (minute hour day month weekday), got "${cron}"`,
      );
    return {cronExpressions: [cron], timezone: timeZone};
  }
  const parsed = Duration.safeParse(every);
  if (!parsed.success || parsed.data < 60_000)
    throw new RatchetError(
      'InvalidInput',
      `--every: expected a duration of at least a minute, as "12 h" or "7 d", got "${every}"`,
    );
  return {intervals: [{every: parsed.data}]};
}

function told(options: CommonOptions, value: unknown, text: string): Exit {
  if (options.json) printJson(value);
  else print(text);
  return Exit.done;
}
