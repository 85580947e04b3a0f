import {afterAll, afterEach, describe, expect, test} from 'vitest';
import type {Embedder} from '../../../../serving/clients/embedder/embedder.ts';
import {openaiEmbedder} from '../../../../serving/clients/embedder/openai-embedder.ts';
import {loadWordllama} from '../../../../serving/clients/embedder/wordllama.ts';
import {embedderConformance} from './embedder.conformance.ts';
import {startEmbeddingsServer, type EmbeddingsServer} from './embeddings-server.ts';
import {wordllamaMissing} from './wordllama-here.ts';

const why = wordllamaMissing ? ` (skipped: ${wordllamaMissing})` : '';
describe.skipIf(wordllamaMissing !== null)(`over HTTP${why}`, () => {
  let server: EmbeddingsServer;
  afterAll(() => server.close());

  embedderConformance('OpenAI-compatible', async () => {
    server = await startEmbeddingsServer(await loadWordllama(), {reversed: true, apiKey: 'k'});
    return openaiEmbedder({baseUrl: `${server.baseUrl}/v1/`, model: 'wordllama', dims: 256, apiKey: 'k'});
  });
});

describe('a server that fails', () => {
  const constant: Embedder = {
    name: 'constant',
    dims: 3,
    embed: async (texts) => texts.map((text) => Float32Array.from([text.length, 1, 2])),
  };
  let server: EmbeddingsServer;
  const start = async (behaviour: Parameters<typeof startEmbeddingsServer>[1]): Promise<string> => {
    server = await startEmbeddingsServer(constant, behaviour);
    return server.baseUrl;
  };
  afterEach(() => server.close());

  test('at first is asked again', async () => {
    const baseUrl = await start({first: [500, 429, 503]});
    const embedder = openaiEmbedder({baseUrl, model: 'm', dims: 3});
    expect(await embedder.embed(['abcd'])).toEqual([Float32Array.from([4, 1, 2])]);
  });

  test('for ever is Unavailable', async () => {
    const baseUrl = await start({first: Array<number>(20).fill(503)});
    const embedder = openaiEmbedder({baseUrl, model: 'm', dims: 3, retries: 1});
    await expect(embedder.embed(['a'])).rejects.toMatchObject({name: 'Unavailable', retryable: true});
  });

  test('for the key is AccessDenied', async () => {
    const baseUrl = await start({apiKey: 'right'});
    const embedder = openaiEmbedder({baseUrl, model: 'm', dims: 3, apiKey: 'wrong'});
    const call = embedder.embed(['a']);
    await expect(call).rejects.toMatchObject({name: 'AccessDenied', retryable: false});
  });

  test('by another length is refused', async () => {
    const baseUrl = await start({});
    const embedder = openaiEmbedder({baseUrl, model: 'm', dims: 4});
    await expect(embedder.embed(['a'])).rejects.toThrow(/a vector of 3 for text 1 of 1, expected 4/);
  });

  test('asks in batches', async () => {
    const baseUrl = await start({});
    const embedder = openaiEmbedder({baseUrl, model: 'm', dims: 3, batch: 4});
    expect(await embedder.embed(Array.from({length: 10}, () => 'x'))).toHaveLength(10);
    expect(server.batches).toEqual([4, 4, 2]);
  });
});
