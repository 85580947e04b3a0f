import {z} from 'zod';
import {policyChanges} from '../../core/evaluation/policy-changes.ts';
import type {Policy} from '../../core/evaluation/policy-changes.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {ProjectConfig} from '../../schemas/project.ts';
import {readDocument, writeDocument} from '../../stores/documents.ts';
import type {Stores} from '../../stores/stores.ts';
import {auditOnce} from '../approval/audit-once.ts';

/** The policy that the last run was judged by: where the chain has it, without a search through all of it. */
export const Known = z.strictObject({v: z.literal(1), policy: ArtifactRef});

/**
 * Keeps a run's gate policy as an artifact: its sha256 is the `policy` of the run's report. One that differs from the former
 * run's is audited, with what changed and who started the run.
 */
export async function recordPolicy(
  about: {
    readonly project: string;
    readonly run: string;
    readonly startedBy: string;
    /** ISO 8601: when the run began. */
    readonly since: string;
    readonly policy: Policy;
  },
  stores: Stores,
): Promise<void> {
  const {project, run, startedBy, since, policy} = about;
  const ref = await stores.artifacts.putJson(policy);
  const key = `policies/${project}.json`;
  const former = (await readDocument(stores.objects, key, Known))?.value.policy ?? null;
  if (former?.sha256 === ref.sha256) return;
  await auditOnce(stores, {
    ...{project, kind: 'policy', actor: startedBy, once: `policy/${run}`, since},
    data: {
      changes: await changes(former, policy, stores),
      former: former?.sha256 ?? null,
      policy: ref.sha256,
      run,
    },
  });
  // Behind the entry: a process that dies between the two finds its entry again, and comes here.
  await writeDocument(stores.objects, key, Known, {v: 1, policy: ref});
}

async function changes(former: ArtifactRef | null, policy: Policy, {artifacts}: Stores): Promise<string[]> {
  if (former === null) return policyChanges(null, policy);
  try {
    return policyChanges(await artifacts.getJson(former, ProjectConfig.shape.gauntlet), policy);
  } catch (error) {
    // That the old one is gone must not end the run: the entry says so instead.
    if (!(error instanceof RatchetError) || error.retryable) throw error;
    return ['the former policy cannot be read, so here is the whole new one', ...policyChanges(null, policy)];
  }
}
