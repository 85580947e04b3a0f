import type {AuditEntry} from '../../../schemas/audit.ts';

/** An entry of a chain as it is read: its hash is not looked at. */
export function auditEntry(entry: Partial<AuditEntry> & Pick<AuditEntry, 'kind'>): AuditEntry {
  return {
    v: 1,
    seq: 0,
    prev: '',
    at: '2002-12-03T11:46:36.000Z',
    project: 'mail',
    actor: 'anna',
    data: {},
    hash: '0'.repeat(64),
    ...entry,
  };
}
