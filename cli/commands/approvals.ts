import type {Client} from '@temporalio/client';
import type {Command} from 'commander';
import {approvalStanding} from '../../client/approval-standing.ts';
import {waitingApprovals, type WaitingApproval} from '../../client/waiting-approvals.ts';
import {knownKeys} from '../../core/approval/delegations.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ApprovalStanding} from '../../schemas/messages.ts';
import {short} from '../../schemas/names.ts';
import {rulesInForce} from '../../stores/access/rules.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {runName} from '../find-run.ts';
import {Exit, print, printJson, say, table} from '../output.ts';
import {chosenProjects} from '../project.ts';
import {projectStores} from '../../stack/project-stores.ts';
import type {Project} from '../../stack/project-file.ts';
import {time} from '../show.ts';
import {withTemporal} from '../temporal.ts';

/** What only the approval's workflow knows; null where it could not be asked. */
type Details = Pick<ApprovalStanding, 'decisions' | 'needed' | 'escalation' | 'delegations'>;
/** One approval that waits. Times are ISO 8601. */
type WaitingFor = Pick<ApprovalStanding, 'release' | 'run' | 'startedBy' | 'since' | 'until'> & {
  readonly project: string;
} & (Details | {readonly [Name in keyof Details]: null});

export function approvals(program: Command): void {
  define(program, 'approvals [project]', {
    what: 'list what waits for an approval: which release, since when, until when, who has decided, and who has not',
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
      all.sort((a, b) => (a.until < b.until ? -1 : 1));
      if (options.json) printJson(all);
      else
        print(
          table(
            ['project', 'release', 'run', 'since', 'until', 'waits for'],
            all.flatMap(rows),
            'nothing waits for an approval',
          ),
        );
      return Exit.done;
    }),
  );
}

async function waitingOf(project: Project, client: Client): Promise<WaitingFor[]> {
  const {config, folder} = project;
  const waiting = await waitingApprovals(client, config.project);
  if (waiting.length === 0) return [];
  const rules = await rulesInForce(await projectStores(project), config.project, () =>
    Promise.resolve({config, folder}),
  );
  const keys = knownKeys(rules, Date.now());
  const found = await Promise.all(
    waiting.map(async (one) => {
      try {
        return await approvalStanding(client, one, {keys});
      } catch (error) {
        if (!(error instanceof RatchetError) || error.type !== ErrorType.Unavailable) throw error;
        say(`${config.project}: ${error.message}`);
        return withoutDetails(client, one);
      }
    }),
  );
  // One that was decided a moment ago may still be listed as running.
  return found.flatMap(({outcome, ...one}) => (outcome === null ? {project: config.project, ...one} : []));
}

/** What an approval was started with. Its time runs from its workflow's first step on, which comes a moment later. */
async function withoutDetails(client: Client, {workflowId, runId, input}: WaitingApproval) {
  const {startTime} = await client.workflow.getHandle(workflowId, runId).describe();
  return {
    release: input.digests.release,
    run: input.runId,
    startedBy: input.startedBy,
    since: startTime.toISOString(),
    until: new Date(startTime.getTime() + input.timeoutMs).toISOString(),
    outcome: null,
    decisions: null,
    needed: null,
    escalation: null,
    delegations: null,
  };
}

/** A row, and one more for each further line of its last cell. */
function rows(one: WaitingFor): string[][] {
  const about = [one.project, short(one.release), runName(one.run), time(one.since), time(one.until)];
  const lines = one.decisions === null ? ['not known'] : linesOf(one);
  return lines.map((line, i) => [...(i === 0 ? about : about.map(() => '')), line]);
}

function linesOf({needed, decisions, escalation, delegations}: Details): string[] {
  const missing = needed.map((one) => {
    const whom =
      one.from.join(', ') || 'nobody who may decide now: add an approver, or wait for the escalation';
    return `${one.missing} more of ${whom}`;
  });
  return [
    // A group may ask for the same as all together do.
    ...new Set(missing),
    ...decisions.map(({by, at, standsFor}) => {
      const inPlaceOf = standsFor.length > 0 ? ` for ${standsFor.join(', ')}` : '';
      return `${by} approved ${time(at)}${inPlaceOf}`;
    }),
    ...escalation.map(({from, to, due}) =>
      due ? `escalated ${time(from)} to ${to.join(', ')}` : `escalates ${time(from)} to ${to.join(', ')}`,
    ),
    ...delegations.map(({of, to, until}) => `${to} may decide for ${of} until ${time(until)}`),
  ];
}
