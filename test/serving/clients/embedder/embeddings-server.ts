import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Embedder} from '../../../../serving/clients/embedder/embedder.ts';

export interface EmbeddingsServer {
  readonly baseUrl: string;
  /** Batch sizes of the requests so far. */
  readonly batches: number[];
  close(): Promise<void>;
}

export interface Behaviour {
  /** Statuses of the first requests; 200 afterwards. */
  readonly first?: readonly number[];
  readonly apiKey?: string;
  /** Sends the vectors in reverse order, each with its index: the protocol allows any order. */
  readonly reversed?: boolean;
}

/** An OpenAI-compatible /v1/embeddings over a real embedder. */
export async function startEmbeddingsServer(
  embedder: Embedder,
  behaviour: Behaviour = {},
): Promise<EmbeddingsServer> {
  const batches: number[] = [];
  const first = [...(behaviour.first ?? [])];
  const server = createServer((call, reply) => {
    const answer = (status: number, body: object): void => {
      reply.writeHead(status, {'content-type': 'application/json', 'retry-after-ms': '1'});
      reply.end(JSON.stringify(body));
    };
    const error = (message: string): object => ({error: {message, type: 'error'}});
    const chunks: Buffer[] = [];
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('end', () => {
      const status = first.shift();
      if (status !== undefined) return answer(status, error('not now'));
      if (call.url !== '/v1/embeddings') return answer(404, error('no such page'));
      if (behaviour.apiKey && call.headers.authorization !== `Bearer ${behaviour.apiKey}`)
        return answer(401, error('Incorrect API key'));
      const {input, model} = JSON.parse(Buffer.concat(chunks).toString()) as {input: string[]; model: string};
      if (input.some((text) => text === '')) return answer(400, error('input cannot be an empty string'));
      batches.push(input.length);
      void embedder.embed(input).then((vectors) => {
        const data = vectors.map((vector, index) => ({object: 'embedding', index, embedding: [...vector]}));
        if (behaviour.reversed) data.reverse();
        answer(200, {object: 'list', model, data, usage: {prompt_tokens: 0, total_tokens: 0}});
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
