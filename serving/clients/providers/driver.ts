import type {ChatCompletion, ChatCompletionChunk, CreateEmbeddingResponse} from 'openai/resources';
import type {ChatAsk, EmbedAsk} from './chat-model.ts';
import type {VendorSaid} from './vendor-said.ts';

/**
 * A vendor's SDK for one model: translates there and back, tries once, waits without end. Attempts, time-outs, circuit and
 * wording are ProviderModel's, the same for every vendor. Rejects with whatever the SDK throws.
 */
export interface Driver {
  complete(ask: ChatAsk, signal: AbortSignal): Promise<ChatCompletion>;
  /** Resolves once the vendor has begun to answer. */
  stream(ask: ChatAsk, signal: AbortSignal): Promise<AsyncIterable<ChatCompletionChunk>>;
  embed(ask: EmbedAsk, signal: AbortSignal): Promise<CreateEmbeddingResponse>;
  /** What an error of the SDK's tells of the vendor's refusal; null: it is none. */
  said(error: unknown): VendorSaid | null;
}
