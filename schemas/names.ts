/**
 * Names that workflows, activities, workers, the CLI and the Temporal UI share.
 * No zod in here: workflow code imports this file.
 */

export const NAMESPACE_DEFAULT = 'default';

/** What runs on which kind of worker. `gpu` has one slot per device; a laptop's gpu worker trains on the CPU. */
export const QueueKind = {workflow: 'workflow', cpu: 'cpu', gpu: 'gpu'} as const;
export type QueueKind = (typeof QueueKind)[keyof typeof QueueKind];

/**
 * Task queues belong to a project, since a worker holds that project's store and row key. `wait` is the cpu workers' second
 * queue: runs that wait for another run's stage take no slot away from that stage.
 */
export function taskQueue(project: string, kind: QueueKind | 'wait'): string {
  return `ratchet/${project}/${kind}`;
}

/** Temporal's Worker Deployment of a project: the versions of its workflow code. */
export function deploymentName(project: string): string {
  return `ratchet/${project}`;
}

/** Stages whose output is an artifact: found by key, never rebuilt. */
export const CachedStage = {
  curate: 'curate',
  train: 'train',
  sweep: 'sweep',
  gauntlet: 'gauntlet',
  replay: 'replay',
} as const;
export type CachedStage = (typeof CachedStage)[keyof typeof CachedStage];

/** Everything a run goes through, in order. */
export const STAGES = ['curate', 'train', 'gauntlet', 'approval', 'rollout', 'monitor', 'retrain'] as const;
export type Stage = (typeof STAGES)[number];

export const VERDICTS = ['pass', 'fail', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Whose models a release may name; `openai-compatible` is any server that speaks OpenAI's API. */
export const VENDORS = ['openai', 'anthropic', 'google', 'openai-compatible'] as const;

/** What `base_model` is called among a release's models, and the one model of a release of the first version. */
export const BASE = 'base';

/** The metric that a model's opinion decides, and no figure of the samples alone. */
export const JUDGE_METRIC = 'judge_win_rate';

/** How often that model prefers the same answer whichever comes first. */
export const JUDGE_ORDER_METRIC = 'judge_order_consistency';

/** Typed search attributes, registered on the dev server at start and on a cluster by an operator. */
export const SEARCH_ATTRIBUTES = {
  RatchetProject: 'Keyword',
  RatchetStage: 'Keyword',
  RatchetDataset: 'Keyword',
  RatchetRelease: 'Keyword',
  RatchetVerdict: 'Keyword',
} as const;

/** How many hex digits of a digest a person sees. */
export const SHORT_DIGEST = 12;
export function short(digest: string): string {
  return digest.slice(0, SHORT_DIGEST);
}

/** A cached stage's workflow ID: readable in the UI, unique per key. */
export function stageWorkflowId(stage: CachedStage, project: string, key: string): string {
  return `${stage}/${project}/${short(key)}`;
}
/** `trial/mail/0a1b2c3d4e5f/7`: a trial on its way to a step. */
export function trialWorkflowId(project: string, job: string, step: number): string {
  return `trial/${project}/${short(job)}/${step}`;
}
export function approvalWorkflowId(runId: string): string {
  return `approval/${runId}`;
}
export function rolloutWorkflowId(runId: string): string {
  return `rollout/${runId}`;
}
/** `adopt/approval/lifecycle/mail/20021203T114636Z-k3f9qa/`: what stands in for a child of an earlier execution, and a random part. */
export function adoptionPrefix(childId: string): string {
  return `adopt/${childId}/`;
}
export function monitorWorkflowId(project: string): string {
  return `monitor/${project}`;
}
export function retrainWorkflowId(project: string): string {
  return `retrain/${project}`;
}
/** One a thing that is told and receiver. */
export function notifyWorkflowId(notice: string, receiver: string): string {
  return `notify/${notice}/${receiver.slice(0, 8)}`;
}
/** `lifecycle/mail/20021203T114636Z-k3f9qa`: the RUN of every command. */
export function lifecycleWorkflowId(project: string, utc: string, random: string): string {
  return `lifecycle/${project}/${utc}-${random}`;
}

/**
 * Kinds of personal data that curation, gateway and reports find. Where findings overlap, the kind that comes first here wins.
 * Each is a recogniser in `core/curation/pii/`.
 */
export const ENTITIES = [
  'url_credentials',
  'email',
  'iban',
  'crypto_address',
  'card',
  'ssn',
  'ip',
  'phone',
] as const;
export type Entity = (typeof ENTITIES)[number];

/** What `curation.pii` is if a project does not say. In this order: it is part of every dataset's key. */
export const ENTITIES_BY_DEFAULT: readonly Entity[] = [
  'email',
  'phone',
  'url_credentials',
  'ip',
  'card',
  'iban',
  'ssn',
];
