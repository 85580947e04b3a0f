/** Ratchet from an application: the gateway that answers, the runs, and the approvals that wait for a person. */
export * from './approvals.ts';
export * from './gateway.ts';
export * from './runs.ts';
export * from './signer.ts';
export type {RunNow} from './run-now.ts';
export type {ApprovalStanding, LifecycleProgress, Progress, StageProgress} from '../schemas/messages.ts';
export type {WaitingApproval} from './waiting-approvals.ts';
export {dataConverter} from '../temporal/payload-codec/data-converter.ts';
