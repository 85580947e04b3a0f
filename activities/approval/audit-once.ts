import type {AuditEntry} from '../../schemas/audit.ts';
import type {Stores} from '../../stores/stores.ts';

/**
 * Appends a fact that a retry must not append again: `once` names it. Entries from before `since` are not looked at, for
 * nobody could have written it then.
 */
export async function auditOnce(
  stores: Pick<Stores, 'audit'>,
  fact: Pick<AuditEntry, 'project' | 'kind' | 'actor' | 'data'> & {
    readonly once: string;
    readonly since: string;
  },
): Promise<AuditEntry> {
  const {project, kind, actor, data, once, since} = fact;
  // Clocks of two machines may differ by some minutes.
  const earliest = Date.parse(since) - 15 * 60_000;
  return stores.audit(project).append({kind, actor, data: {...data, once}}, (entry) => {
    if (entry.data['once'] === once) return 'skip';
    return Date.parse(entry.at) < earliest ? 'stop' : 'look';
  });
}
