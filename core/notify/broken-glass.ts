import type {Notice} from '../../schemas/notify.ts';

/** What people are told of a rollback by break-glass: the same notice by whoever tells it, so that it is told once. */
export function brokenGlassNotice(told: {
  readonly project: string;
  /** Its entry of the audit chain. */
  readonly entry: number;
  readonly at: string;
  readonly by: string;
  /** The reason that was given. */
  readonly reason: string;
  readonly stable: string;
}): Notice {
  const {project, entry, at, by, reason, stable} = told;
  return {
    id: `break_glass/${project}/${entry}`,
    event: 'break_glass',
    project,
    at,
    facts: {by, release: stable, entry, reason: reason.slice(0, 300)},
  };
}
