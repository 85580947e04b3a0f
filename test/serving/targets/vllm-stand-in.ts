import {existsSync, readFileSync} from 'node:fs';
import {createServer, type IncomingMessage} from 'node:http';
import {join} from 'node:path';

export interface StandIn {
  readonly url: string;
  /** Names of the adapters it holds. */
  readonly adapters: ReadonlyMap<string, string>;
  /** From now on new adapters load with 200 and the base answers for them (vLLM issue 55193). */
  serveBaseSilently(silently: boolean): void;
  /** Bodies of the load calls. */
  readonly loads: readonly {lora_name: string; lora_path: string}[];
  /** The bearer tokens that came. */
  readonly tokens: ReadonlySet<string | undefined>;
  close(): Promise<void>;
}

/**
 * Behaves as vLLM's OpenAI server documents and its sources say (entrypoints/openai/models/serving.py, lora/peft_helper.py):
 * the paths, status codes, messages and error shape of adapters, echoed log-probabilities, cards with `parent`. Its log-
 * probabilities are made up from the text and the adapter's name, with a little noise, as a batch on a GPU has.
 */
export async function vllmStandIn(maxLoraRank = 16): Promise<StandIn> {
  const adapters = new Map<string, string>();
  const silent = new Set<string>();
  const loads: {lora_name: string; lora_path: string}[] = [];
  const tokens = new Set<string | undefined>();
  let silently = false;

  const server = createServer((request, response) => {
    tokens.add(request.headers.authorization);
    void read(request).then((body) => {
      const [status, answer] = answerTo(`${request.method} ${request.url}`, body);
      response.statusCode = status;
      response.setHeader('content-type', typeof answer === 'string' ? 'text/plain' : 'application/json');
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });

  function answerTo(route: string, body: Record<string, unknown>): [number, object | string] {
    const error = (status: number, type: string, message: string): [number, object] => [
      status,
      {error: {message, type, param: null, code: status}},
    ];
    switch (route) {
      case 'GET /v1/models':
        return [
          200,
          {
            object: 'list',
            data: [
              {id: 'org/base-model', object: 'model', root: 'org/base-model', parent: null},
              ...[...adapters].map(([id, root]) => ({id, object: 'model', root, parent: 'org/base-model'})),
            ],
          },
        ];
      case 'POST /v1/load_lora_adapter': {
        const {lora_name: name, lora_path: path} = body as {lora_name: string; lora_path: string};
        loads.push({lora_name: name, lora_path: path});
        if (adapters.has(name))
          return error(
            400,
            'InvalidUserInput',
            `The lora adapter '${name}' has already been loaded. If you want to load the adapter in place, set ` +
              "'load_inplace' to True.",
          );
        const config = join(path, 'adapter_config.json');
        if (!existsSync(config) || !existsSync(join(path, 'adapter_model.safetensors')))
          return error(404, 'NotFoundError', `Loading lora ${name} failed: No adapter found for ${path}`);
        const {r} = JSON.parse(readFileSync(config, 'utf8')) as {r: number};
        if (r > maxLoraRank)
          return error(
            500,
            'InternalServerError',
            `LoRA rank ${r} is greater than max_lora_rank ${maxLoraRank}.`,
          );
        adapters.set(name, path);
        if (silently) silent.add(name);
        return [200, `Success: LoRA adapter '${name}' added successfully.`];
      }
      case 'POST /v1/unload_lora_adapter': {
        const name = body.lora_name as string;
        if (!adapters.delete(name))
          return error(404, 'NotFoundError', `The lora adapter '${name}' cannot be found.`);
        return [200, `Success: LoRA adapter '${name}' removed successfully.`];
      }
      case 'POST /v1/completions': {
        const {model, prompt} = body as {model: string; prompt: string};
        if (model !== 'org/base-model' && !adapters.has(model))
          return error(404, 'NotFoundError', `The model \`${model}\` does not exist.`);
        const words = prompt.split(/(?= )/);
        const shift = adapters.has(model) && !silent.has(model) ? 0.2 : 0;
        return [
          200,
          {
            choices: [
              {
                text: prompt,
                logprobs: {
                  tokens: words,
                  text_offset: words.map((_, i) => words.slice(0, i).join('').length),
                  token_logprobs: words.map((word, i) =>
                    i === 0 ? null : -word.length / 3 - shift + (Math.random() - 0.5) * 0.01,
                  ),
                },
              },
            ],
          },
        ];
      }
      default:
        return error(404, 'NotFoundError', 'Not Found');
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as {port: number};
  return {
    url: `http://127.0.0.1:${port}`,
    adapters,
    loads,
    tokens,
    serveBaseSilently: (value) => (silently = value),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
