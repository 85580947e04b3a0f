import type {Client} from '@temporalio/client';
import type {ApprovalStanding, DecideReply} from '../schemas/messages.ts';
import {approvalStanding} from './approval-standing.ts';
import {sendDecision} from './send-decision.ts';
import type {Signer} from './signer.ts';
import {waitingApprovals, type WaitingApproval} from './waiting-approvals.ts';

/** What somebody decides about a release. */
export interface Decision {
  readonly key: Signer;
  /** Kept in the audit log. A rejection needs one. */
  readonly comment?: string;
}

/**
 * The approvals of a project, for a page or a bot of your own. Decisions go to Temporal as signed Updates; what does not hold is
 * refused by the workflow itself, with `DecisionRefused` and its reason.
 *
 * @example
 * const connection = await Connection.connect({address: '127.0.0.1:7233'});
 * const client = new Client({connection, dataConverter: dataConverter()});
 * const approvals = new ApprovalsClient({client, project: 'tickets'});
 * for (const one of await approvals.waiting())
 *   await approvals.approve(one, {key: signerFromPem(pem), comment: 'read the failures'});
 */
export class ApprovalsClient {
  readonly #client: Client;
  readonly #project: string;

  constructor({client, project}: {readonly client: Client; readonly project: string}) {
    this.#client = client;
    this.#project = project;
  }

  /** What waits for a decision; `input.digests` name what is asked about. */
  waiting(): Promise<WaitingApproval[]> {
    return waitingApprovals(this.#client, this.#project);
  }

  /** Who has decided, and whom it still waits for; by the people as its workflow last read them. */
  standing(waiting: WaitingApproval): Promise<ApprovalStanding> {
    return approvalStanding(this.#client, waiting);
  }

  approve(waiting: WaitingApproval, {key, comment = ''}: Decision): Promise<DecideReply> {
    return sendDecision(this.#client, waiting, {action: 'approve', key, comment});
  }

  reject(
    waiting: WaitingApproval,
    {key, comment}: Decision & {readonly comment: string},
  ): Promise<DecideReply> {
    return sendDecision(this.#client, waiting, {action: 'reject', key, comment});
  }
}
