import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {attend, type Attendance} from '../../cli/demo/attend.ts';
import {mailsOf} from '../../cli/demo/mailbox.ts';
import {Users, type Mail} from '../../cli/demo/users.ts';
import type {TinyStack} from '../bench/tiny-stack.ts';
import type {Blow} from './blow-struck.ts';
import {intervals} from './blow.ts';
import {historiesOf, outcomeOf} from './outcome.ts';
import {repetitions} from './repetitions.ts';
import type {CaseRun, Scene} from './scene.ts';

const USERS_MAILS = 40;

/** Stays with a run to its end: approves, and lets users ask while it is rolled out. Throws the run's own failure. */
export async function attended(
  {stack, client}: Pick<Scene, 'stack' | 'client'>,
  run: string,
  more: Pick<Attendance, 'decideAfter'> = {},
): Promise<LifecycleResult> {
  const {key} = stack;
  const mails = await allMails(stack);
  return attend({
    client,
    run,
    key,
    interactive: false,
    ...more,
    users: usersOf(stack),
    traffic: () => Promise.resolve(mails.slice(0, USERS_MAILS)),
  });
}

export function usersOf({project, supervisor}: TinyStack): Users {
  return new Users(supervisor.state().gateway, `${project.config.project}/triage`);
}

export function allMails({project: {config, folder, rowKey}}: TinyStack): Promise<Mail[]> {
  return mailsOf(config.sources, {config, folder, rowKey: Buffer.from(rowKey, 'hex')});
}

/** What a run came to that was struck meanwhile. */
export async function cameTo(
  {stack, client, began}: Scene,
  result: LifecycleResult,
  blows: readonly Blow[] = [],
): Promise<CaseRun> {
  const histories = await historiesOf(client, began);
  return {
    outcome: await outcomeOf(stack.project, result),
    blows,
    wrong: repetitions(histories, intervals(blows)),
    told: '',
  };
}
