import {join} from 'node:path';
import {gatewaySettings, type GatewaySettings} from '../../../serving/gateway/settings.ts';
import {baseTokenizer} from '../../../serving/gateway/base-tokenizer.ts';
import {startGateway, type RunningGateway} from '../../../serving/gateway/start.ts';
import type {Trace} from '../../../schemas/trace.ts';
import {KEY, PROJECT, modelPath, type ProjectStore} from '../project-store.ts';

export interface TestGateway extends RunningGateway {
  /** What it said, line by line. */
  readonly said: readonly string[];
  chat(body: object, headers?: Record<string, string>): Promise<ChatAnswer>;
  post(
    path: string,
    body: unknown,
  ): Promise<{
    status: number;
    body: {readonly id?: string; readonly trace?: string; readonly error?: {code: string; message: string}};
  }>;
  /** Both by the port for operators. */
  health(): Promise<Health>;
  metrics(): Promise<string>;
}
export interface Health {
  readonly status: string;
  readonly refused: string | null;
}
export interface ChatAnswer {
  readonly status: number;
  readonly trace: string | null;
  readonly headers: Headers;
  readonly body: {
    readonly id: string;
    readonly model: string;
    readonly system_fingerprint: string;
    readonly choices: {readonly message: {readonly content: string}; readonly finish_reason: string}[];
    readonly usage: object;
    readonly error?: {
      readonly message: string;
      readonly type: string;
      readonly code: string;
      readonly param: string | null;
    };
  };
}

/** Read once: it takes longer than everything else of a start. */
let tokenizer: ReturnType<typeof baseTokenizer> | undefined;

/** The gateway in this process, with the tests' intervals. */
export async function testGateway(
  store: ProjectStore,
  engines: readonly {readonly url: string}[],
  more: Partial<GatewaySettings> = {},
): Promise<TestGateway> {
  const settings = gatewaySettings(['--port', '0', '--admin-port', '0'], {
    RATCHET_PROJECT: PROJECT,
    RATCHET_STORE: store.url,
    RATCHET_ENGINES: engines.map(({url}) => url).join(','),
    RATCHET_MODEL: modelPath(),
    RATCHET_PROJECT_KEY: KEY.toString('hex'),
    RATCHET_PROJECT_FOLDER: store.folder,
  }) as GatewaySettings;
  const said: string[] = [];
  const running = await startGateway(
    {
      ...settings,
      beforeFirstRelease: 'base',
      pollMs: 20,
      flushMs: 20,
      state: join(store.folder, 'state'),
      ...more,
    },
    (line) => said.push(line),
    (tokenizer ??= baseTokenizer(modelPath())),
  );
  const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(running.url + path, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body: JSON.stringify(body),
    });
  return {
    ...running,
    said,
    async chat(body, headers) {
      const answer = await send(
        '/v1/chat/completions',
        {model: 'mail/triage', messages: MESSAGES, ...body},
        headers,
      );
      return {
        status: answer.status,
        trace: answer.headers.get('x-ratchet-trace'),
        headers: answer.headers,
        body: (await answer.json()) as ChatAnswer['body'],
      };
    },
    async post(path, body) {
      const answer = await send(path, body);
      return {status: answer.status, body: (await answer.json()) as {id?: string}};
    },
    health: async () => (await (await fetch(`${running.adminUrl}/healthz`)).json()) as Health,
    metrics: async () => (await fetch(`${running.adminUrl}/metrics`)).text(),
  };
}

export const MESSAGES = [
  {
    role: 'user',
    content:
      'From: a@b.example\nSubject: Re: [dev] Lunch\n\nShall we have lunch on Monday? Ask ben@example.com. The new place at the corner has good soup, and we could talk about next week there.',
  },
];

/** Traces that are in the store now. */
export async function traces(store: ProjectStore): Promise<Trace[]> {
  const found: Trace[] = [];
  for await (const trace of store.stores.traces.read(PROJECT, {from: 0, to: Number.MAX_SAFE_INTEGER}))
    found.push(trace);
  return found;
}
