import type {Vendor} from '../../../../schemas/release.ts';
import type {ChatModel, ChatPiece} from '../../../../serving/clients/providers/chat-model.ts';
import {openEndpoint, type EndpointOptions} from '../../../../serving/clients/providers/endpoint.ts';
import {openProvider} from '../../../../serving/clients/providers/open-provider.ts';

/** What must never be repeated. */
export const KEY = 'sk-Very5ecret-0123456789abcdef';

export interface Opened extends AsyncDisposable {
  readonly model: ChatModel;
  /** Waits between attempts, in ms; none of them is waited out. */
  readonly waits: number[];
}

export interface OpenedOptions extends Partial<EndpointOptions> {
  readonly organization?: string;
  readonly model?: string;
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

export const MODELS: Readonly<Record<Vendor, string>> = {
  openai: 'gpt-5.2-mini',
  'openai-compatible': 'qwen3',
  anthropic: 'claude-haiku-5-5',
  google: 'gemini-2.5-flash',
};

export function open(
  vendor: Vendor,
  url: string,
  {model = MODELS[vendor], timeoutMs = 10_000, attempts = 3, organization, ...options}: OpenedOptions = {},
): Opened {
  const baseUrl = vendor.startsWith('openai') ? `${url}/v1` : url;
  const endpoint = openEndpoint({vendor, baseUrl, environment: {}, ...options});
  const waits: number[] = [];
  return {
    waits,
    model: openProvider(
      {vendor, model},
      {
        settings: {
          apiKey: KEY,
          baseUrl,
          keyName: 'THE_KEY',
          organization: organization ?? null,
          project: null,
        },
        endpoint,
        timeoutMs,
        policy: {attempts, baseMs: 500, longestWaitMs: 5_000},
        waiting: {
          random: () => 0.5,
          wait: async (ms, signal) => {
            waits.push(ms);
            signal?.throwIfAborted();
          },
        },
      },
    ),
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

export async function allOf(pieces: AsyncIterable<ChatPiece>): Promise<ChatPiece[]> {
  return Array.fromAsync(pieces);
}

/** What a stream's pieces say together. */
export function together(pieces: readonly ChatPiece[]) {
  const choices = pieces.flatMap(({choices: all}) => all);
  const calls: {id: string; name: string; arguments: string}[] = [];
  for (const {delta} of choices)
    for (const call of delta.tool_calls ?? []) {
      const one = (calls[call.index] ??= {id: '', name: '', arguments: ''});
      one.id += call.id ?? '';
      one.name += call.function?.name ?? '';
      one.arguments += call.function?.arguments ?? '';
    }
  return {
    text: choices.map(({delta}) => delta.content ?? '').join(''),
    refusal: choices.map(({delta}) => delta.refusal ?? '').join(''),
    calls,
    finish: choices.map(({finish_reason: finish}) => finish).filter((finish) => finish !== null),
    usage: pieces.at(-1)?.usage ?? null,
  };
}
