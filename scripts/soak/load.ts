import {setTimeout as delay} from 'node:timers/promises';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import type {Mail} from '../../cli/demo/users.ts';

/** What the gateway took upon itself. */
export interface Accepted {
  /** Traces of the answers with status 200. */
  readonly traces: Set<string>;
  /** Ids of the feedback with status 202. */
  readonly feedback: Set<string>;
  /** Status → how many requests it was the answer to; `lost` for a connection that broke. */
  readonly answers: Map<string, number>;
}

/** A user reads the answer before the next question. */
const PAUSE_MS = 100;

/**
 * Users who ask one after the other, `lanes` of them at a time, until `over`; every fourth answer is streamed. They say of each
 * whether it was right. What they ask is chosen by `seed`.
 */
export async function load({
  gateway,
  model,
  mails,
  lanes,
  seed,
  over,
}: {
  readonly gateway: string;
  readonly model: string;
  readonly mails: readonly Mail[];
  readonly lanes: number;
  readonly seed: string;
  readonly over: AbortSignal;
}): Promise<Accepted> {
  const accepted: Accepted = {traces: new Set(), feedback: new Set(), answers: new Map()};
  const random = seededRandom(seed);
  let asked = 0;
  const lane = async (): Promise<void> => {
    while (!over.aborted) {
      const mail = mails[random.below(mails.length)]!;
      await ask(mail, (asked += 1)).catch(() => count('lost'));
      await delay(PAUSE_MS, undefined, {signal: over}).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({length: lanes}, lane));
  return accepted;

  async function ask(mail: Mail, n: number): Promise<void> {
    const answer = await post('/v1/chat/completions', {
      model,
      stream: n % 4 === 0,
      messages: [{role: 'user', content: mail.content}],
      safety_identifier: `soak-${n}`,
      metadata: {row: mail.row},
    });
    const text = await answer.text();
    count(String(answer.status));
    const trace = answer.headers.get('x-ratchet-trace');
    if (answer.status !== 200 || trace === null) return;
    accepted.traces.add(trace);
    const right = text.includes(`"${mail.label}"`);
    const told = await post('/feedback', {trace, ...(right ? {rating: 1} : {correction: mail.label})});
    count(`feedback ${told.status}`);
    const {id} = (await told.json()) as {id?: string};
    if (told.status === 202 && id !== undefined) accepted.feedback.add(id);
  }

  function post(path: string, body: object): Promise<Response> {
    return fetch(`${gateway}${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    });
  }

  function count(what: string): void {
    accepted.answers.set(what, (accepted.answers.get(what) ?? 0) + 1);
  }
}
