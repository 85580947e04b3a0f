import type {AuditEntry} from '../../schemas/audit.ts';
import {followedChain, type ChainStores} from '../../stores/audit/followed-chain.ts';

/** Appends a fact that a retry must not append again: `once` names it among those of its kind. Gives its entry. */
export async function auditOnce(
  stores: ChainStores,
  fact: Pick<AuditEntry, 'project' | 'kind' | 'actor' | 'data'> & {
    readonly once: string;
  },
): Promise<AuditEntry> {
  const {project, kind, actor, data, once} = fact;
  const followed = followedChain(stores, project);
  await followed.read();
  const [chain, read, before] = [stores.audit(project), followed.seq, followed.once(kind, once)];
  const there = before === null ? null : await chain.entry(before);
  if (there !== null) return there;
  return chain.append({kind, actor, data: {...data, once}}, (entry) => {
    if (entry.seq <= read) return 'stop';
    return entry.kind === kind && entry.data['once'] === once ? 'skip' : 'look';
  });
}
