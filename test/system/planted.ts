import {randomBytes} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Entity} from '../../schemas/names.ts';
import {traceId} from '../../core/identity/trace-id.ts';
import type {Mail} from '../../cli/demo/users.ts';
import type {TinyProject} from './tiny-project.ts';

/** A word that stands in every planted text, and nowhere else: it is no personal data, so it says where texts get to. */
export const MARKER = 'quincunxial';

/** Personal data of every kind, as people write it, and a text around it; nobody's. */
const PLANTED: Readonly<Record<Entity, readonly [value: string, story: string]>> = {
  url_credentials: [
    'https://wquade:Tr0ub4dor7x@intranet.planted.example/minutes',
    'The minutes of the garden committee lie under VALUE and should be read before Monday.',
  ],
  email: [
    'wilhelmina.quade@planted-person.org',
    'Whoever wants a seat on the coach to the lighthouse writes to VALUE by the end of this week.',
  ],
  iban: [
    'DE89 3704 0044 0532 0130 00',
    'Please pay the deposit for the harvest supper into VALUE and name your street as the purpose.',
  ],
  card: [
    '4539 1488 0343 6467',
    'The treasurer charged the lamps for the village hall to VALUE, which was declined twice today.',
  ],
  ssn: [
    '536-90-4399',
    'The clerk copied VALUE from the old ledger into the new one and asked whether it looked right.',
  ],
  ip: [
    '203.0.113.77',
    'Somebody at VALUE keeps trying the door of our little server; the night porter has the log.',
  ],
  phone: [
    '+49 30 90182077',
    'Call VALUE when the ferry is late again, and the baker will keep the bread for all of you.',
  ],
  crypto_address: [
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
    'The prize of the chess evening goes to VALUE as soon as the last game is played and counted.',
  ],
};
const KINDS = Object.keys(PLANTED) as Entity[];

export const personal = (kind: Entity): string => PLANTED[kind][0];

/** What else of a person comes with a request or with feedback about it. */
export const ASIDE = {
  user: 'asker-of-things@planted-person.org',
  row: 'row.of.a.person@planted-person.org',
  correction: 'corrector@planted-person.org',
  refused: 'refused-one@planted-person.org',
  malformed: 'malformed-row@planted-person.org',
} as const;

/** What must be found nowhere: the values as they are written, their compact spellings, and the parts that tell most. */
export const PERSONAL_WORDS: readonly string[] = [
  ...new Set(
    [...KINDS.map(personal), ...Object.values(ASIDE)].flatMap((value) => [value, value.replace(/[ -]/g, '')]),
  ),
  'wquade',
  'Tr0ub4dor7x',
  'wilhelmina.quade',
];

const textOf = (kind: Entity): string => `${MARKER}: ${PLANTED[kind][1].replace('VALUE', personal(kind))}`;
const classOf = (number: number): string => (number % 2 === 0 ? 'ham' : 'spam');

/** The source `planted.jsonl`: one row a kind, one whose id is a person's address, and one line that cannot be read. */
export function plantRows({project}: TinyProject): void {
  const rows = KINDS.map((kind, i) => ({
    nr: kind,
    class: classOf(i),
    subject: `About ${kind}`,
    body: textOf(kind),
  }));
  const named = {
    nr: ASIDE.row,
    class: 'ham',
    subject: 'A name for an id',
    body: `${MARKER}: the choir meets on Thursday in the old school, and everybody brings a chair and a song.`,
  };
  const lines = [...rows, named].map((row) => JSON.stringify(row));
  writeFileSync(
    path.join(project.folder, 'planted.jsonl'),
    [...lines, `{"nr": "broken", "body": "${ASIDE.malformed}`].join('\n'),
  );
}

/** What users ask: raw mails with personal data in headers and text. */
export function plantedMails(): Mail[] {
  return KINDS.map((kind, i) => ({
    row: `planted/${kind}`,
    label: classOf(i),
    content: [
      `Received: from home.planted.example ([${personal('ip')}]) by mx.example; Thu, 3 Oct 2002 10:00:00 +0200`,
      `From: Wilhelmina Quade <${personal('email')}>`,
      `Subject: About ${kind}`,
      '',
      textOf(kind),
    ].join('\r\n'),
  }));
}

/** Requests and feedback with personal data where it does not belong; gives the statuses. */
export async function askOddly(gateway: string): Promise<number[]> {
  const post = async (route: string, body: string) => {
    const headers = {'content-type': 'application/json'};
    const answer = await fetch(gateway + route, {method: 'POST', headers, body});
    return {status: answer.status, said: (await answer.json()) as {id?: string}};
  };
  const messages = [{role: 'user', content: `Subject: hello\n\n${textOf('email')}`}];
  const asked = await post(
    '/v1/chat/completions',
    JSON.stringify({model: 'tiny/triage', messages, user: ASIDE.user, metadata: {row: ASIDE.row}}),
  );
  const correct = (trace: string | undefined) =>
    post('/feedback', JSON.stringify({trace, correction: `ask ${ASIDE.correction}`}));
  const noLabel = await correct(asked.said.id);
  // Of this minute: another gateway may have given the answer, so its task is not known here.
  const told = await correct(traceId(Date.now(), randomBytes(12)));
  const unknown = await post(
    '/v1/chat/completions',
    JSON.stringify({model: `tiny/${ASIDE.refused}`, messages}),
  );
  const broken = await post('/v1/chat/completions', `{"model": "${ASIDE.refused}`);
  return [asked, noLabel, told, unknown, broken].map(({status}) => status);
}

/** Secrets of the stack's environment: set before it starts. Gives what must be found nowhere. */
export function plantSecrets({project, key}: TinyProject): Record<string, string> {
  const secrets = {
    AWS_SECRET_ACCESS_KEY: 'wJalrPLANTEDsecretAccessKeyOfNobody0123',
    AWS_SESSION_TOKEN: 'FwoGPLANTEDsessionTokenOfNobody4567',
    OPENAI_API_KEY: 'sk-PLANTEDapiKeyOfNobody89abcdef',
  };
  Object.assign(process.env, secrets);
  const [body] = readFileSync(key.path, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('-----'));
  return {...secrets, 'row key': project.rowKey, 'private key': body!};
}
