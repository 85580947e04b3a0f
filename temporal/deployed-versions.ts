import {isGrpcServiceError, type WorkflowService} from '@temporalio/client';
import {deploymentName, short} from '../schemas/names.ts';

export const VersionStatus = {
  /** No run was ever sent to it. */
  inactive: 'inactive',
  /** New runs, and those that upgrade by themselves, go to it. */
  current: 'current',
  ramping: 'ramping',
  /** Runs that are pinned to it are open. */
  draining: 'draining',
  drained: 'drained',
} as const;
export type VersionStatus = (typeof VersionStatus)[keyof typeof VersionStatus];

/** A version of a project's workflow code, as Temporal knows it. */
export interface DeployedVersion {
  readonly build: string;
  readonly status: VersionStatus;
  /** It has been current before, or is. */
  readonly wasCurrent: boolean;
  /** ISO time of its first worker. */
  readonly since: string;
}

/** A project's place in Temporal. */
export interface DeploymentOf {
  readonly service: WorkflowService;
  readonly namespace: string;
  readonly project: string;
}

/** gRPC's codes. */
const [NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION, UNIMPLEMENTED] = [5, 7, 9, 12];

/** The gRPC code and words of an error of Temporal's service; undefined for any other. */
function refusal(error: unknown): {readonly code: number; readonly details: string} | undefined {
  return isGrpcServiceError(error) ? {code: error.code, details: error.details} : undefined;
}

/**
 * Why this Temporal cannot route runs by version, in a few words; null where it can. A server before 1.28, one where an
 * operator has switched Worker Deployments off, or credentials that may not see them.
 */
export async function versionless({service, namespace}: DeploymentOf): Promise<string | null> {
  try {
    await service.listWorkerDeployments({namespace, pageSize: 1});
    return null;
  } catch (error) {
    const refused = refusal(error);
    if (refused && [PERMISSION_DENIED, UNIMPLEMENTED].includes(refused.code)) return refused.details;
    throw error;
  }
}

/** temporal.api.enums.v1.WorkerDeploymentVersionStatus */
const STATUS: Readonly<Record<number, VersionStatus>> = {
  2: 'current',
  3: 'ramping',
  4: 'draining',
  5: 'drained',
};

/** The summary of a version that has just been replaced, or made current, may lag behind the routing. */
function statusOf({status, deploymentVersion}: Summary, current: string | null | undefined): VersionStatus {
  if (current && deploymentVersion?.buildId === current) return 'current';
  const told = STATUS[status ?? 0] ?? 'inactive';
  return told === 'current' ? 'draining' : told;
}
interface Summary {
  readonly status?: number | null;
  readonly deploymentVersion?: {readonly buildId?: string | null} | null;
}

/** The versions that Temporal knows, the newest first; none before the first worker. */
export async function deployedVersions({
  service,
  namespace,
  project,
}: DeploymentOf): Promise<DeployedVersion[]> {
  try {
    const {workerDeploymentInfo} = await service.describeWorkerDeployment({
      namespace,
      deploymentName: deploymentName(project),
    });
    const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId;
    const versions = (workerDeploymentInfo?.versionSummaries ?? []).map((summary) => ({
      build: summary.deploymentVersion?.buildId ?? '',
      status: statusOf(summary, current),
      wasCurrent: Boolean(summary.currentSinceTime ?? summary.lastCurrentTime ?? summary.firstActivationTime),
      since: new Date(Number(summary.createTime?.seconds ?? 0) * 1000).toISOString(),
    }));
    return versions.sort((a, b) => (a.since < b.since ? 1 : -1));
  } catch (error) {
    if (refusal(error)?.code === NOT_FOUND) return [];
    throw error;
  }
}

/** How many open runs are pinned to a version: lifecycles, their stages, approvals, rollouts, retrains. */
export async function openRuns({service, namespace, project}: DeploymentOf, build: string): Promise<number> {
  const query = `TemporalWorkerDeploymentVersion = '${deploymentName(project)}:${build}' AND TemporalWorkflowVersioningBehavior = 'Pinned' AND ExecutionStatus = 'Running'`;
  const {count} = await service.countWorkflowExecutions({namespace, query});
  return Number(count);
}

export type MadeCurrent =
  | {readonly status: 'current'}
  /** No worker of the version has been seen yet. */
  | {readonly status: 'unknown'}
  /** Temporal does not let this client, or not in this state. */
  | {readonly status: 'refused'; readonly reason: string};

/** Sends new runs to a version, and those that upgrade by themselves; what is pinned to another stays there. */
export async function makeCurrent(
  {service, namespace, project}: DeploymentOf,
  build: string,
): Promise<MadeCurrent> {
  try {
    await service.setWorkerDeploymentCurrentVersion({
      namespace,
      deploymentName: deploymentName(project),
      buildId: build,
      identity: `ratchet ${short(build)}`,
    });
    return {status: 'current'};
  } catch (error) {
    const refused = refusal(error);
    if (refused?.code === NOT_FOUND) return {status: 'unknown'};
    if (!refused || ![PERMISSION_DENIED, FAILED_PRECONDITION].includes(refused.code)) throw error;
    // Before the first poll: "no Worker Deployment found with name …; does your Worker Deployment have pollers?"
    return /pollers|not found/i.test(refused.details)
      ? {status: 'unknown'}
      : {status: 'refused', reason: refused.details};
  }
}
