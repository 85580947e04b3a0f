import type {FastifyReply} from 'fastify';
import type {ChatCompletion, ChatCompletionChunk, GatewayFailure} from '../../schemas/gateway-answers.ts';
import {short} from '../../schemas/names.ts';
import type {ChatRequest} from './chat-request.ts';
import type {Exchange} from './exchange.ts';
import type {Gateway, Reply} from './gateway.ts';
import {asGatewayError} from './gateway-error.ts';

function head<const Kind extends string>(exchange: Exchange, object: Kind) {
  const {served, role, request, id, at} = exchange;
  const answering = role === 'canary' ? served.canary! : served.stable;
  return {
    id: `chatcmpl-${id}`,
    object,
    created: Math.floor(at / 1000),
    model: request.model,
    system_fingerprint: `fp_${short(answering.release.digest)}`,
  };
}

/** As OpenAI answers without `stream`. */
export function completion(exchange: Exchange, {content, finish, usage}: Reply): ChatCompletion {
  return {
    ...head(exchange, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {role: 'assistant', content, refusal: null},
        logprobs: null,
        finish_reason: finish,
      },
    ],
    usage,
  };
}

/** Until the first chunk an error keeps its status code; after it, it is the last event before `[DONE]`. */
export async function streamReply(
  gateway: Gateway,
  exchange: Exchange,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const chunk = head(exchange, 'chat.completion.chunk');
  const usageWanted = (exchange.request satisfies ChatRequest).stream_options?.include_usage === true;
  const {raw} = reply;
  let open = false;
  const send = (data: ChatCompletionChunk | GatewayFailure) => {
    if (!open) {
      open = true;
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-ratchet-trace': exchange.id,
      });
    }
    raw.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  const delta = (content: ChatCompletionChunk['choices'][number]['delta'], finish: string | null = null) =>
    send({
      ...chunk,
      choices: [{index: 0, delta: content, logprobs: null, finish_reason: finish}],
      ...(usageWanted ? {usage: null} : {}),
    });
  let first = true;
  const text = (content: string) => {
    delta(first ? {role: 'assistant', content} : {content});
    first = false;
  };
  try {
    const answer = await gateway.answer(exchange, {signal, onText: text});
    if (first) text('');
    delta({}, answer.finish);
    if (usageWanted) send({...chunk, choices: [], usage: answer.usage});
  } catch (error) {
    if (!open) throw error;
    send(asGatewayError(error).body());
  }
  raw.end('data: [DONE]\n\n');
  return reply;
}

/** Aborts when the client hangs up before the answer is out. */
export function hangUp(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client hung up'));
  });
  return controller.signal;
}
