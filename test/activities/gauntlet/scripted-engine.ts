import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

/** How a model of the scripted engine behaves. */
export interface Script {
  /** The choice it takes. */
  readonly choose: (prompt: string, choices: readonly string[]) => string;
  /** What it writes. */
  readonly write: (prompt: string) => string;
  /** −ln p of every token. */
  readonly nll: number;
}

/**
 * An engine with vLLM's HTTP interface whose models follow scripts: `base` for its own name, `adapter` for any adapter that
 * was loaded. Words are tokens.
 */
export async function scriptedEngine(base: Script, adapter: Script) {
  const adapters = new Set<string>();
  const asked: {model: string; prompt: string}[] = [];
  let broken: number | null = null;
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const send = (status: number, body: unknown): void => {
        response.writeHead(status, {'content-type': 'application/json'});
        response.end(JSON.stringify(body));
      };
      if (request.url === '/v1/models') {
        const names = [{id: 'base', parent: null}, ...[...adapters].map((id) => ({id, parent: 'base'}))];
        return send(200, {object: 'list', data: names});
      }
      const body = JSON.parse(text) as Record<string, unknown>;
      if (request.url === '/v1/load_lora_adapter') {
        adapters.add(body.lora_name as string);
        return send(200, {});
      }
      if (broken !== null) return send(broken, {error: {message: 'scripted failure'}});
      const model = body.model as string;
      if (model !== 'base' && !adapters.has(model)) return send(404, {error: {message: `no model ${model}`}});
      asked.push({model, prompt: body.prompt as string});
      send(200, answer(body, model === 'base' ? base : adapter));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    /** As if it had been started anew. */
    forget: () => adapters.clear(),
    /** Answers every completion with this status from now on; null to mend it. */
    break: (status: number | null) => void (broken = status),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function answer(body: Record<string, unknown>, script: Script) {
  const prompt = body.prompt as string;
  const choices = (body.structured_outputs as {choice: string[]} | undefined)?.choice;
  const text = body.echo ? prompt : choices ? script.choose(prompt, choices) : script.write(prompt);
  const tokens = text.match(/\s*\S+|\s+$/g) ?? [];
  let at = 0;
  const offsets = tokens.map((token) => {
    const here = at;
    at += [...token].length;
    return here;
  });
  const logprobs = {
    tokens,
    // Texts differ a trace, as real ones do: likelihoods that are all equal have no interval.
    token_logprobs: tokens.map((_, i) =>
      body.echo && i === 0 ? null : -script.nll * (1 + 1e-12 * offsets[i]!),
    ),
    text_offset: offsets,
    top_logprobs: tokens.map(() => null),
  };
  return {
    id: 'cmpl',
    object: 'text_completion',
    model: body.model,
    choices: [
      {index: 0, text, finish_reason: 'stop', logprobs: body.logprobs === undefined ? null : logprobs},
    ],
    usage: {prompt_tokens: prompt.split(/\s+/).length, completion_tokens: tokens.length, total_tokens: 1},
  };
}
