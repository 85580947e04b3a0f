import {createHash} from 'node:crypto';
import OpenAI from 'openai';
import {RatchetError} from '../../schemas/errors.ts';

/** A mail or record as a user has it: raw, with the answer that the user knows to be right; '' if the user knows none. */
export interface Mail {
  /** The row's id, copied into the trace. */
  readonly row: string;
  readonly content: string;
  readonly label: string;
  /** Who asks; the mail's own recipient if missing. */
  readonly user?: string;
}

export type Conversation =
  | {readonly status: 'answered'; readonly trace: string; readonly answer: string; readonly right: boolean}
  /** The gateway does not take this mail, as one that is too long, and says why. */
  | {readonly status: 'refused'; readonly reason: string};

/** Users of one task: each asks, confirms a right answer and corrects a wrong one. */
export class Users {
  readonly #client: OpenAI;
  readonly #gateway: string;
  readonly #model: string;

  /** `model` as the gateway names it: `mail/triage`. `apiKey`: needed where the project has keys; else RATCHET_API_KEY. */
  constructor(gateway: string, model: string, apiKey = process.env['RATCHET_API_KEY'] || 'not-needed') {
    this.#gateway = gateway;
    this.#model = model;
    this.#client = new OpenAI({
      baseURL: `${gateway}/v1`,
      apiKey,
      maxRetries: 8,
      timeout: 120_000,
    });
  }

  /** Throws Unavailable where the gateway answers with anything but a completion or 400. */
  async ask(mail: Mail, signal?: AbortSignal): Promise<Conversation> {
    let completion: OpenAI.ChatCompletion;
    try {
      completion = await this.#complete(mail, signal);
    } catch (error) {
      if (error instanceof OpenAI.BadRequestError) return {status: 'refused', reason: error.message};
      throw signal?.aborted ? error : inOneLine(error, mail.row);
    }
    const trace = completion.id.replace(/^chatcmpl-/, '');
    const answer = completion.choices[0]?.message.content ?? '';
    const right = answer.trim() === mail.label.trim();
    if (right) await this.#tell({trace, rating: 1}, signal);
    else if (mail.label !== '') await this.#tell({trace, correction: mail.label}, signal);
    return {status: 'answered', trace, answer, right};
  }

  #complete(mail: Mail, signal?: AbortSignal): Promise<OpenAI.ChatCompletion> {
    const user = createHash('sha256')
      .update(mail.user ?? mail.row)
      .digest('hex');
    return this.#client.chat.completions.create(
      {
        model: this.#model,
        messages: [{role: 'user', content: mail.content}],
        safety_identifier: user.slice(0, 16),
        metadata: {row: mail.row},
      },
      signal ? {signal} : {},
    );
  }

  async #tell(feedback: object, signal?: AbortSignal): Promise<void> {
    try {
      await this.#client.post(`${this.#gateway}/feedback`, {body: feedback, ...(signal ? {signal} : {})});
    } catch (error) {
      throw signal?.aborted ? error : inOneLine(error, 'feedback');
    }
  }
}

function inOneLine(error: unknown, about: string): unknown {
  if (!(error instanceof OpenAI.APIError)) return error;
  if (error.status === 401 || error.status === 403)
    return new RatchetError(
      'AccessDenied',
      `the gateway lets its users in with a key alone (${error.message}): make one with \`ratchet api-keys create users\` and set RATCHET_API_KEY to it`,
      {cause: error},
    );
  return new RatchetError('Unavailable', `the gateway answered ${about} with ${error.message}`, {
    cause: error,
  });
}

/** Every mail once, `concurrency` at a time; `onAnswer` after each. Stops early when `signal` aborts. */
export async function askAll(
  users: Users,
  mails: readonly Mail[],
  options: {
    readonly concurrency: number;
    readonly onAnswer: (conversation: Conversation, mail: Mail) => void;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const {concurrency, onAnswer, signal} = options;
  let next = 0;
  const lane = async () => {
    while (next < mails.length && !signal?.aborted) {
      const mail = mails[next++]!;
      try {
        onAnswer(await users.ask(mail, signal), mail);
      } catch (error) {
        if (signal?.aborted) return;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({length: concurrency}, lane));
}
