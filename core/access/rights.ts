import type {ActName} from '../../schemas/access.ts';
import type {Person} from '../../schemas/approval.ts';

type Role = Person['roles'][number];
export type Target = NonNullable<Person['moves']>[number];

/** What a person may do, and by which role: the one place that says so. */
export const RIGHTS: Readonly<Record<ActName | 'approve' | 'reject', Role>> = {
  run: 'operator',
  retrain: 'operator',
  cancel: 'operator',
  promote: 'operator',
  abort: 'operator',
  rollback: 'operator',
  // Whoever the project names, by whatever role: it is an emergency, and an alarm.
  break_glass: 'viewer',
  reset: 'operator',
  approve: 'approver',
  reject: 'approver',
  delegate: 'approver',
  revoke: 'approver',
  policy: 'admin',
  retire: 'operator',
  api_key: 'operator',
  schedule: 'operator',
  gc: 'operator',
  set_current: 'operator',
  review: 'approver',
};

/** What an admin may do too: take back a delegation, and what is no part of a run. */
const ADMINS_TOO: readonly (keyof typeof RIGHTS)[] = ['revoke', 'retire', 'api_key', 'gc'];

/** A person under one name, whatever keys they have. */
export interface Named {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly moves?: readonly Target[] | undefined;
}

/**
 * Whether an act needs a signature: from the first person on that the project names. Before that, whoever reaches store or
 * cluster acts, and the audit chain says that it is not proved.
 */
export function needsSignature(people: readonly Named[]): boolean {
  return people.length > 0;
}

/**
 * Why this person may not do that; null if they may. `target` is what the act moves, null for nothing. Where nobody is an
 * operator, approvers operate, and where nobody approves either, admins do: a project of one person is not locked out.
 * @example refusalOf({act: 'promote', target: 'stable', person: {name: 'eve', roles: ['operator'], moves: ['canary']}, people})
 */
export function refusalOf(asked: {
  readonly act: keyof typeof RIGHTS;
  readonly target: Target | null;
  readonly person: Named;
  readonly people: readonly Named[];
}): string | null {
  const {act, target, person, people} = asked;
  if (act === 'break_glass') return null;
  const role = roleFor(act, people);
  if (ADMINS_TOO.includes(act) && person.roles.includes('admin')) return null;
  if (!person.roles.includes(role))
    return `${person.name} has the role${person.roles.length === 1 ? '' : 's'} ${person.roles.join(', ')}, expected ${role} to ${inWords(act)}`;
  if (target !== null && person.moves !== undefined && !person.moves.includes(target))
    return `${person.name} may move ${person.moves.join(', ')}, expected ${target} to ${inWords(act)}`;
  return null;
}

/** Names of the people who may do that. `target` is what the act moves, null for nothing. */
export function whoMay(asked: {
  readonly act: keyof typeof RIGHTS;
  readonly target: Target | null;
  readonly people: readonly Named[];
}): string[] {
  const may = asked.people.filter((person) => refusalOf({...asked, person}) === null);
  return [...new Set(may.map(({name}) => name))];
}

/** Ends a refusal with whom to ask: `; who may: anna, otto`. */
export function askInstead(asked: Parameters<typeof whoMay>[0]): string {
  return `; who may: ${whoMay(asked).join(', ') || 'nobody'}`;
}

/** The role that an act takes in a project of these people. */
export function roleFor(act: keyof typeof RIGHTS, people: readonly Named[]): Role {
  const role = RIGHTS[act];
  if (role !== 'operator') return role;
  return (
    (['operator', 'approver', 'admin'] as const).find((one) =>
      people.some(({roles}) => roles.includes(one)),
    ) ?? role
  );
}

const WORDS: Partial<Record<keyof typeof RIGHTS, string>> = {
  run: 'start a run',
  cancel: 'cancel a run',
  rollback: 'roll back',
  break_glass: 'break the glass',
  promote: 'go on with a rollout',
  abort: 'end a rollout',
  reset: 'close the circuit',
  revoke: 'revoke a delegation',
  policy: 'sign the policy',
  retire: 'retire a release',
  api_key: 'change a key of the gateway',
  schedule: 'change a schedule',
  gc: 'delete from the store',
  set_current: 'choose the version of new runs',
  review: 'review feedback',
};
const inWords = (act: keyof typeof RIGHTS): string => WORDS[act] ?? act;

/** An act as its command calls it, where one word does. */
export function actName(act: ActName): string {
  return act.includes('_') || act === 'gc' ? inWords(act) : act;
}
