import type {Command} from 'commander';
import type {Client} from '@temporalio/client';
import {whoseWord} from '../../../core/approval/whose-word.ts';
import {ApprovalInput, SignedDecision} from '../../../schemas/approval.ts';
import {RatchetError} from '../../../schemas/errors.ts';
import {short} from '../../../schemas/names.ts';
import {resolveApprovers} from '../../../stores/keys.ts';
import {openStores} from '../../../stores/stores.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import type {Project} from '../project.ts';
import {runningWorkflows} from '../../../client/running-workflows.ts';
import {runName} from '../find-run.ts';
import {time} from '../show.ts';
import {withTemporal} from '../temporal.ts';

/** One approval that waits. Times are ISO 8601. */
interface WaitingFor {
  readonly project: string;
  readonly release: string;
  readonly run: string;
  readonly since: string;
  readonly deadline: string;
  readonly startedBy: string;
  readonly approved: readonly string[];
  readonly missing: number;
  readonly of: readonly string[];
}

export function approvals(program: Command): void {
  define(program, 'approvals [project]', {
    what: 'list what waits for an approval: which release, since when, until when, and whose word is missing',
    examples: ['ratchet approvals', 'ratchet approvals mail --json'],
  }).action(
    acting(async (named: string | undefined, options: CommonOptions) => {
      const projects = chosenProjects(named ?? options.project);
      const all: WaitingFor[] = [];
      for (const project of projects)
        try {
          all.push(...(await withTemporal(project, (client) => waitingOf(project, client))));
        } catch (error) {
          if (projects.length === 1 || !(error instanceof RatchetError)) throw error;
          say(`left out ${project.config.project}: ${error.message.split('\n')[0]}`);
        }
      all.sort((a, b) => (a.deadline < b.deadline ? -1 : 1));
      if (options.json) printJson(all);
      else
        print(
          table(
            ['project', 'release', 'run', 'since', 'until', 'approved by', 'waits for'],
            all.map((one) => [
              one.project,
              short(one.release),
              runName(one.run),
              time(one.since),
              time(one.deadline),
              one.approved.join(', ') || '–',
              `${one.missing} of ${one.of.join(', ') || 'nobody yet: add an approver to ratchet.yaml'}`,
            ]),
            'nothing waits for an approval',
          ),
        );
      return Exit.done;
    }),
  );
}

async function waitingOf(project: Project, client: Client): Promise<WaitingFor[]> {
  const {config, folder} = project;
  const approvers = (await resolveApprovers(config.approval.approvers, folder)).filter(({roles}) =>
    roles.includes('approver'),
  );
  const running = await runningWorkflows(client, config.project, 'approval');
  return Promise.all(
    running.map(async ({workflowId, runId, input: started}) => {
      const input = ApprovalInput.parse(started);
      const {startTime} = await client.workflow.getHandle(workflowId, runId).describe();
      const approved = await approvedBy(project, runId, startTime);
      const {required, startedBy, starterKey, starterMayApprove} = input;
      return {
        ...{project: config.project, release: input.digests.release, run: input.runId, startedBy, approved},
        since: startTime.toISOString(),
        deadline: new Date(startTime.getTime() + input.timeoutMs).toISOString(),
        ...whoseWord({required, startedBy, starterKey, starterMayApprove, approvers, approved}),
      };
    }),
  );
}

/** Who has approved, from the audit chain: it is there before the next word is asked for, and needs no worker. */
async function approvedBy({config, store}: Project, approval: string, since: Date): Promise<string[]> {
  const chain = (await openStores(store)).audit(config.project);
  const names: string[] = [];
  for (let at = await chain.last(); at !== null; at = await chain.entry(at.seq - 1)) {
    if (Date.parse(at.at) < since.getTime() - CLOCKS_MS) break;
    if (at.kind !== 'decision') continue;
    const payload = SignedDecision.shape.payload.safeParse(at.data['payload']);
    if (payload.success && payload.data.run === approval && payload.data.action === 'approve')
      names.unshift(at.actor);
  }
  return names;
}

/** Clocks of two machines may differ by some minutes. */
const CLOCKS_MS = 15 * 60_000;
