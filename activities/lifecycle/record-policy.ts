import {unsignedPolicy} from '../../core/access/policy.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ResolvedProject} from '../../schemas/resolved-project.ts';
import {enterPolicy} from '../../stores/audit/enter-policy.ts';
import {policyOfYaml} from '../../stores/access/rules.ts';
import type {ActivityContext} from '../context.ts';

/**
 * Sees that a run's policy – people, roles, quorum, gates, rollout – is the one in force, and gives its digest. Where no admin
 * is named yet, another policy comes into force by the run, audited with what changed and who started it; from then on only
 * by an admin's signature. Throws NotPermitted where that is missing.
 */
export async function recordPolicy(
  {
    run,
    startedBy,
    config,
  }: {
    readonly run: string;
    readonly startedBy: string;
    readonly config: ResolvedProject['config'];
  },
  {stores, folder}: Pick<ActivityContext, 'stores' | 'folder'>,
): Promise<string> {
  const policy = await policyOfYaml({config, folder});
  const entered = await enterPolicy(stores, policy, {actor: startedBy, run});
  if (entered.status === 'in_force') return entered.digest;
  throw new RatchetError(ErrorType.NotPermitted, unsignedPolicy(config.project, entered.changes));
}
