import {mailsOf} from '../../cli/demo/mailbox.ts';
import {askAll, Users, type Mail} from '../../cli/demo/users.ts';
import type {TinyProject} from './tiny-project.ts';

export function usersOf({project}: TinyProject, gateway: string): Users {
  return new Users(gateway, `${project.config.project}/triage`);
}

/** The raw mails of the project's sources, mixed. */
export function someMails({project: {config, folder, rowKey}}: TinyProject): Promise<Mail[]> {
  return mailsOf(config.sources, {config, folder, rowKey: Buffer.from(rowKey, 'hex')});
}

/** Mails of both classes that stable answers right: what a worse candidate can lose. */
export async function knownMails(tiny: TinyProject, gateway: string): Promise<Mail[]> {
  const known: Mail[] = [];
  await askAll(usersOf(tiny, gateway), (await someMails(tiny)).slice(0, 80), {
    concurrency: 2,
    onAnswer: (one, mail) => void (one.status === 'answered' && one.right && known.push(mail)),
  });
  const of = (label: string): Mail[] => known.filter((mail) => mail.label === label).slice(0, 20);
  const [ham, spam] = [of('ham'), of('spam')];
  if (Math.min(ham.length, spam.length) < 8)
    throw new Error(`stable knows ${ham.length} ham and ${spam.length} spam: too few to lose`);
  return Array.from({length: Math.min(ham.length, spam.length)}, (_, i) => [ham[i]!, spam[i]!]).flat();
}
