import OpenAI from 'openai';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import {asRatchetError} from '../inference/failures.ts';
import type {Embedder} from './embedder.ts';

export interface OpenAIEmbedderOptions {
  /** Up to and without `/v1`, or with it. */
  readonly baseUrl: string;
  readonly model: string;
  /** Length of the model's vectors: a server that sends others is refused. */
  readonly dims: number;
  /** Local servers take none. */
  readonly apiKey?: string;
  /** Texts a request. Default 64. */
  readonly batch?: number;
  /** One attempt, in ms. Default 60,000. */
  readonly timeoutMs?: number;
  /** Attempts again after the first, with back-off, by the `openai` package. Default 3. */
  readonly retries?: number;
}

/** Any server with OpenAI's /v1/embeddings. */
export function openaiEmbedder(options: OpenAIEmbedderOptions): Embedder {
  const {model, dims, batch = 64} = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  const baseURL = base.endsWith('/v1') ? base : `${base}/v1`;
  const client = new OpenAI({
    baseURL,
    apiKey: options.apiKey ?? 'none',
    maxRetries: options.retries ?? 3,
    timeout: options.timeoutMs ?? 60_000,
  });

  async function ask(texts: readonly string[]): Promise<Float32Array[]> {
    let data: OpenAI.Embedding[];
    try {
      ({data} = await client.embeddings.create({model, input: [...texts], encoding_format: 'float'}));
    } catch (error) {
      throw asRatchetError(error, baseURL, model);
    }
    const vectors = new Map(data.map(({index, embedding}) => [index, Float32Array.from(embedding)]));
    return texts.map((_, index) => {
      const vector = vectors.get(index);
      if (vector?.length === dims && vector.every(Number.isFinite)) return vector;
      throw new RatchetError(
        ErrorType.InvalidInput,
        `${baseURL}/embeddings sent ${vector ? `a vector of ${vector.length}` : 'no vector'} for text ${index + 1} of ${texts.length}, expected ${dims} numbers: is "${model}" the right model?`,
      );
    });
  }

  return {
    name: `openai/${model}`,
    dims,
    async embed(texts) {
      // Servers refuse the empty text.
      const asked = texts.map((text, at) => ({text, at})).filter(({text}) => text !== '');
      const vectors: Float32Array[] = texts.map(() => new Float32Array(dims));
      for (let from = 0; from < asked.length; from += batch) {
        const part = asked.slice(from, from + batch);
        const got = await ask(part.map(({text}) => text));
        part.forEach(({at}, index) => (vectors[at] = got[index]!));
      }
      return vectors;
    },
  };
}
