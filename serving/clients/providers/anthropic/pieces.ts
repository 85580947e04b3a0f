import type Anthropic from '@anthropic-ai/sdk';
import type {ChatCompletionChunk} from 'openai/resources';
import {finishOf, refusalOf, usageOf} from './answer.ts';

type Delta = ChatCompletionChunk.Choice.Delta;
type Finish = ChatCompletionChunk.Choice['finish_reason'];

/** The events of a message of Anthropic's as OpenAI's chunks, each as soon as it is there. */
export async function* piecesOf(
  events: AsyncIterable<Anthropic.RawMessageStreamEvent>,
): AsyncIterable<ChatCompletionChunk> {
  const message = new StreamedMessage();
  for await (const event of events) {
    const piece = message.take(event);
    if (piece !== null) yield piece;
  }
  const usage = message.usage();
  if (usage !== null) yield usage;
}

/** A tool's call in the stream: which of OpenAI's it is, and whether anything of its input has come. */
interface Call {
  readonly index: number;
  begun: boolean;
}

class StreamedMessage {
  readonly #calls = new Map<number, Call>();
  #head: Omit<ChatCompletionChunk, 'choices'> | null = null;
  #usage: Partial<Anthropic.Usage> = {};
  #over = false;

  take(event: Anthropic.RawMessageStreamEvent): ChatCompletionChunk | null {
    switch (event.type) {
      case 'message_start': {
        const {id, model, usage} = event.message;
        this.#head = {id, object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model};
        this.#usage = usage;
        return this.#piece({role: 'assistant', content: ''});
      }
      case 'content_block_start':
        return this.#begin(event);
      case 'content_block_delta':
        return this.#delta(event);
      case 'content_block_stop':
        return this.#end(event.index);
      case 'message_delta': {
        // What it doesn't tell stays as it was at the start.
        const told = Object.entries(event.usage ?? {}).filter(([, value]) => value !== null);
        this.#usage = {...this.#usage, ...(Object.fromEntries(told) as Partial<Anthropic.Usage>)};
        const {stop_reason: reason} = event.delta;
        if (reason === null || reason === undefined) return null;
        const refusal = refusalOf(event.delta);
        return this.#piece(refusal === null ? {} : {refusal}, finishOf(reason));
      }
      case 'message_stop':
        this.#over = true;
        return null;
      default:
        return null;
    }
  }

  /** The last piece; null where the message broke off. */
  usage(): ChatCompletionChunk | null {
    return this.#over ? {...this.#head!, choices: [], usage: usageOf(this.#usage)} : null;
  }

  #begin({index, content_block: block}: Anthropic.RawContentBlockStartEvent): ChatCompletionChunk | null {
    if (block.type === 'text') return block.text === '' ? null : this.#piece({content: block.text});
    if (block.type !== 'tool_use') return null;
    const call = {index: this.#calls.size, begun: false};
    this.#calls.set(index, call);
    const {id, name} = block;
    return this.#call(call, {id, type: 'function', function: {name, arguments: ''}});
  }

  #delta({index, delta}: Anthropic.RawContentBlockDeltaEvent): ChatCompletionChunk | null {
    if (delta.type === 'text_delta') return this.#piece({content: delta.text});
    if (delta.type !== 'input_json_delta' || delta.partial_json === '') return null;
    const call = this.#calls.get(index);
    if (call === undefined) return null;
    call.begun = true;
    return this.#call(call, {function: {arguments: delta.partial_json}});
  }

  /** A call without arguments has no input in the stream; OpenAI writes `{}`. */
  #end(index: number): ChatCompletionChunk | null {
    const call = this.#calls.get(index);
    return call === undefined || call.begun ? null : this.#call(call, {function: {arguments: '{}'}});
  }

  #call({index}: Call, call: Omit<ChatCompletionChunk.Choice.Delta.ToolCall, 'index'>): ChatCompletionChunk {
    return this.#piece({tool_calls: [{index, ...call}]});
  }

  #piece(delta: Delta, finish: Finish = null): ChatCompletionChunk {
    if (this.#head === null) throw new TypeError('an event before message_start');
    return {...this.#head, choices: [{index: 0, delta, logprobs: null, finish_reason: finish}]};
  }
}
