import type {Message} from '../../../schemas/row.ts';
import {normalise} from '../normalise.ts';
import {scrubJson} from './scrub-json.ts';

/** How the parts of a message are scrubbed, each as what it is. */
export interface MessageScrubs {
  /** What is said: normalised, too. */
  readonly text: (text: string) => string;
  /** A name, an address, a value in JSON. */
  readonly value: (text: string) => string;
  /** An id that one message gives and another names. */
  readonly id: (text: string) => string;
}

/** The message without personal data in its texts, its name, its tool calls and their ids, and where its images lie. */
export function scrubMessage(message: Message, scrubs: MessageScrubs): Message {
  const {content, name, tool_calls: calls, tool_call_id: callId} = message;
  return {
    ...message,
    content: typeof content === 'string' ? scrubs.text(content) : scrubParts(content, scrubs),
    ...(name === undefined ? {} : {name: scrubs.value(name)}),
    ...(calls === undefined
      ? {}
      : {
          tool_calls: calls.map((call) => ({
            ...call,
            id: scrubs.id(call.id),
            function: {
              ...call.function,
              arguments: scrubJson(normalise(call.function.arguments, 'layout'), scrubs.value),
            },
          })),
        }),
    ...(callId === undefined ? {} : {tool_call_id: scrubs.id(callId)}),
  };
}

type Parts = Exclude<Message['content'], string>;

function scrubParts(parts: Parts, scrubs: MessageScrubs): Parts {
  if (parts === null) return null;
  return parts.map((part) => {
    if (part.type === 'text') return {...part, text: scrubs.text(part.text)};
    // The bytes of a picture are no text.
    if (part.type !== 'image_url' || /^data:/i.test(part.image_url.url)) return part;
    return {...part, image_url: {url: scrubs.value(part.image_url.url)}};
  });
}
