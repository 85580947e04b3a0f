import type {Client} from '@temporalio/client';
import type {Command} from 'commander';
import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {ABORT, PROMOTE} from '../../schemas/messages.ts';
import {short} from '../../schemas/names.ts';
import {provenReport} from '../../stores/audit/prove-report.ts';
import type {Stores} from '../../stores/stores.ts';
import {actor} from '../../stores/access/actor.ts';
import {WHO_OPTION, acting, define} from '../define.ts';
import type {CommonOptions, WhoOptions} from '../define.ts';
import {Exit, print, printJson} from '../output.ts';
import {chosenProject} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import {runningWorkflows} from '../../client/running-workflows.ts';
import {sendAct} from '../send-act.ts';
import {collect} from '../show.ts';
import {withTemporal} from '../temporal.ts';

interface ActOptions extends CommonOptions, WhoOptions {
  readonly comment: string;
}

/** All that is needed of what a rollout was started with, whichever version started it. */
const StartedWith = z.looseObject({release: Digest});

export function promote(program: Command): void {
  act(
    program,
    'promote',
    PROMOTE,
    'continue a rollout that waits for a person; refused without passing gates and approval',
    ['ratchet promote', 'ratchet promote 3f9a1c20 --comment "few feedbacks, answers read"'],
  );
}

export function abort(program: Command): void {
  act(program, 'abort', ABORT, 'end a rollout: weight 0, back to stable', [
    'ratchet abort 3f9a1c20 --comment "slow since ten"',
  ]);
}

function act(
  program: Command,
  name: 'promote' | 'abort',
  message: typeof PROMOTE | typeof ABORT,
  what: string,
  examples: readonly string[],
): void {
  define(program, `${name} [release]`, {what, examples})
    .option('-c, --comment <text>', 'why; kept in the audit chain', '')
    .option(...WHO_OPTION)
    .action(
      acting(async (prefix: string | undefined, options: ActOptions) => {
        const project = chosenProject(options.project);
        const {project: of} = project.config;
        const stores = await projectStores(project);
        const release = prefix === undefined ? undefined : (await stores.registry.release(of, prefix)).digest;
        // What can never go on is refused by the record alone, with Temporal up or down.
        if (name === 'promote' && release !== undefined) await refuseUnfit(stores, of, release);
        const by = await actor(project, options.key);
        return withTemporal(project, async (client) => {
          const rollout = await runningRollout(client, of, release);
          await sendAct(client, rollout, message, {by, comment: options.comment});
          const done = {release: rollout.release, rollout: rollout.workflowId, act: name, by: by.name};
          if (options.json) printJson(done);
          else
            print(
              name === 'promote'
                ? `the rollout of release ${short(done.release)} continues, by ${by.name}`
                : `the rollout of release ${short(done.release)} ends, by ${by.name}`,
            );
          return Exit.done;
        });
      }),
    );
}

/** Throws NotPermitted for a release that is stable, whose gates did not pass, or that was not approved. */
async function refuseUnfit(stores: Stores, project: string, release: string): Promise<void> {
  const refused = (why: string) =>
    new RatchetError('NotPermitted', `refused: release ${short(release)} ${why}`);
  if ((await stores.pointers.read(project))?.stable === release) throw refused('is stable already');
  const runs = await collect(stores.registry.runs(project));
  const report = (await stores.registry.reports(project, release)).at(-1);
  const verdict =
    (report && (await provenReport(stores.artifacts, report)).verdict) ??
    runs.filter((run) => run.release === release).at(-1)?.verdict;
  if (!verdict) throw refused('was not judged: it has no report');
  if (verdict !== 'pass') throw refused(`did not pass its gates: ${verdict}`);
  const decided = runs.filter(({approval}) => approval?.digests.release === release).at(-1)?.approval;
  if (decided?.status !== 'approved') throw refused(decided ? `is ${decided.status}` : 'is not approved');
}

async function runningRollout(client: Client, project: string, release: string | undefined) {
  const running = (await runningWorkflows(client, project, 'rollout'))
    .map(({workflowId, runId, input}) => ({
      workflowId,
      runId,
      project,
      release: StartedWith.parse(input).release,
    }))
    .filter((one) => release === undefined || one.release === release);
  if (running.length === 1) return running[0]!;
  throw new RatchetError(
    'InvalidInput',
    running.length === 0
      ? `no rollout of ${release ? `release ${short(release)}` : project} is going on; see \`ratchet runs ${project}\``
      : `${running.length} rollouts are going on (releases ${running.map((one) => short(one.release)).join(', ')}): name one`,
  );
}
