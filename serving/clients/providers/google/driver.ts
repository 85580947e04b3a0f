import {GoogleGenAI} from '@google/genai';
import type {Driver} from '../driver.ts';
import {UnreadableAnswerError} from '../failures.ts';
import type {DriverOptions} from '../open-provider.ts';
import {endedBy} from '../transport.ts';
import {completionOf} from './answer.ts';
import {piecesOf} from './pieces.ts';
import {generateRequest} from './request.ts';
import {Refused, said} from './said.ts';

/** Google's Gemini API. */
export function googleDriver({asked, endpoint, apiKey}: DriverOptions): Driver {
  const {model} = asked;
  const {fetch} = endpoint.transport;
  const client = new GoogleGenAI({
    apiKey,
    // As the environment might have it.
    enterprise: false,
    apiVersion: 'v1beta',
    httpOptions: {baseUrl: endpoint.baseUrl, fetch},
  });
  /** The SDK's own signal would come with a second time-out, and its errors without the vendor's headers. */
  const of = (signal: AbortSignal) => ({
    fetch: async (...[url, init]: Parameters<typeof fetch>) => {
      const response = await fetch(url, {...init, ...endedBy(signal).fetchOptions});
      return response.ok ? response : Promise.reject(new Refused(response, await response.text()));
    },
  });

  return {
    async complete(ask, signal) {
      const {config, ...request} = generateRequest(ask, model);
      const response = await client.models.generateContent({
        ...request,
        config: {...config, httpOptions: of(signal)},
      });
      const completion = completionOf(response, model);
      if (completion.choices.length === 0)
        throw new UnreadableAnswerError(`${asked.endpoint} sent no candidate`);
      return completion;
    },
    async stream(ask, signal) {
      const {config, ...request} = generateRequest(ask, model);
      const responses = await client.models.generateContentStream({
        ...request,
        config: {...config, httpOptions: of(signal)},
      });
      return piecesOf(responses, model);
    },
    async embed({input, dimensions}, signal) {
      const {embeddings = []} = await client.models.embedContent({
        model,
        // As texts, some models would take them for the parts of one.
        contents: input.map((text) => ({parts: [{text}]})),
        config: {
          httpOptions: of(signal),
          ...(dimensions === undefined ? {} : {outputDimensionality: dimensions}),
        },
      });
      if (embeddings.length !== input.length || embeddings.some(({values}) => values === undefined))
        throw new UnreadableAnswerError(`${asked.endpoint} sent another number of embeddings than of texts`);
      return {
        object: 'list',
        model,
        data: embeddings.map(({values}, index) => ({object: 'embedding', index, embedding: values!})),
        // Gemini doesn't count them.
        usage: {prompt_tokens: 0, total_tokens: 0},
      };
    },
    said,
  };
}
