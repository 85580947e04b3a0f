import {
  json,
  vendorServer,
  type Play,
  type VendorServer,
} from '../serving/clients/providers/vendor-server.ts';

/** A server that speaks as OpenAI's does, and calls a mail spam where it is about money. */
export function mailVendor(): Promise<VendorServer> {
  return vendorServer(answer);
}

const answer: Play = (response, {body}) => {
  const messages = body['messages'] as {content: string}[];
  const text = messages.at(-1)!.content;
  const content = /free|money|\$|click|offer/i.test(text) ? 'spam' : 'ham';
  void json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: body['model'],
    choices: [
      {index: 0, message: {role: 'assistant', content, refusal: null}, logprobs: null, finish_reason: 'stop'},
    ],
    usage: {prompt_tokens: Math.ceil(text.length / 4), completion_tokens: 1, total_tokens: 0},
  })(response, {path: '', headers: {}, body});
};
