import type {Client} from '@temporalio/client';
import {approvalStanding} from '../client/approval-standing.ts';
import {waitingApprovals, type WaitingApproval} from '../client/waiting-approvals.ts';
import {knownKeys} from '../core/approval/delegations.ts';
import type {ApprovalInput} from '../schemas/approval.ts';
import {RatchetError} from '../schemas/errors.ts';
import type {ApprovalStanding, StandingArgument} from '../schemas/messages.ts';
import type {RunRecord} from '../schemas/run.ts';
import {rulesInForce} from '../stores/access/rules.ts';
import {askTemporal} from './ask-temporal.ts';
import type {Visit} from './projects.ts';

/** An approval that waits, as far as it is known. */
export interface WaitingOne {
  /** The run that asks: `lifecycle/…`. */
  readonly run: string;
  readonly startedBy: string;
  readonly digests: Partial<ApprovalInput['digests']>;
  readonly verdict: string | null;
  /** Temporal's run ID of the approval, which a decision names; null where only the store was asked. */
  readonly approval: string | null;
  /** Whom it waits for; null where its workflow did not answer. */
  readonly standing: ApprovalStanding | null;
}

export interface Waiting {
  readonly all: readonly WaitingOne[];
  /** Why Temporal was not asked: then `all` is what the store believes. */
  readonly silent: string | null;
}

const MOST = 20;
/** Runs among which the store is asked for those that wait. */
const MOST_RUNS = 50;

/** What waits for an approval: by Temporal, which alone knows; by the store's runs where it does not answer. */
export async function waitingIn(visit: Visit): Promise<Waiting> {
  const asked = await askTemporal(visit.project, (client) => byTemporal(visit, client));
  if (asked.silent === null) return {all: asked.said, silent: null};
  const runs = await Array.fromAsync(visit.project.stores.registry.recentRuns(visit.name, MOST_RUNS));
  const all = runs.flatMap(({run}) => (run !== null && waits(run) ? [byStore(run)] : []));
  return {all, silent: asked.silent};
}

async function byTemporal({name, project}: Visit, client: Client): Promise<WaitingOne[]> {
  const waiting = (await waitingApprovals(client, name)).slice(0, MOST);
  if (waiting.length === 0) return [];
  const {stores, config, folder} = project;
  const known: StandingArgument = await rulesInForce(stores, name, async () => ({config, folder})).then(
    (rules) => ({keys: knownKeys(rules, Date.now())}),
    // The workflow goes by the people as it last read them.
    () => ({}),
  );
  const all = await Promise.all(waiting.map((one) => withStanding(client, one, known)));
  // One that was decided a moment ago may still be listed as running.
  return all.filter(({standing}) => standing === null || standing.outcome === null);
}

async function withStanding(
  client: Client,
  waiting: WaitingApproval,
  known: StandingArgument,
): Promise<WaitingOne> {
  const {runId, input} = waiting;
  const standing = await approvalStanding(client, waiting, known).catch((error: unknown) => {
    if (error instanceof RatchetError) return null;
    throw error;
  });
  const {startedBy, digests, verdict} = input;
  return {run: input.runId, startedBy, digests, verdict, approval: runId, standing};
}

function waits({status, stages}: RunRecord): boolean {
  const approval = stages.approval?.status;
  return status === 'running' && (approval === 'running' || approval === 'waiting');
}

function byStore({id, startedBy, release, dataset, report, verdict}: RunRecord): WaitingOne {
  const digests = {release, dataset, report: report?.sha256};
  return {run: id, startedBy, digests, verdict: verdict ?? null, approval: null, standing: null};
}
