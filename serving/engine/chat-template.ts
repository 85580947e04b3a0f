import {Template} from '@huggingface/jinja';
import type {NativeModel} from './native.ts';
import type {ChatMessage} from './requests.ts';
import type {Prompt} from './text.ts';
import {badRequest} from './failure.ts';

/** A private-use character that breaks special tokens in users' text apart; taken out before anything is tokenised. */
const BREAK = '\u{F8FE}\u{F8FD}';

function contentOf(message: ChatMessage): string {
  if (message.content === undefined || message.content === null) return '';
  if (typeof message.content === 'string') return message.content;
  return message.content
    .map((part) => {
      if (part.type !== 'text' || part.text === undefined)
        throw badRequest(`this model reads text only, a part of type ${part.type} came`, 'messages');
      return part.text;
    })
    .join('');
}

/**
 * The model's own chat template, turned into tokens as Hugging Face does: the rendered text is split at special tokens,
 * each piece between is tokenised as a whole. Special tokens count only where the template wrote them; the same
 * characters in a message stay text.
 */
export class ChatTemplate {
  readonly #model: NativeModel;
  readonly #template: Template | null;
  /** Text → token, longest first. */
  readonly #specials: (readonly [string, number])[];

  constructor(model: NativeModel) {
    this.#model = model;
    const source = model.fileInfo.metadata.tokenizer.chat_template;
    this.#template = source === undefined ? null : new Template(source);
    this.#specials = [...model.iterateAllTokens()]
      .filter((token) => model.isSpecialToken(token))
      .map((token) => [model.detokenize([token], true), token] as const)
      .filter(([text]) => text.length > 1)
      .sort((a, b) => b[0].length - a[0].length);
  }

  render(messages: readonly ChatMessage[]): Prompt {
    if (this.#template === null)
      throw badRequest('this model has no chat template: use /v1/completions', 'messages');
    const guarded = messages.map((message) => ({
      ...message,
      content: this.#guard(contentOf(message).replaceAll(BREAK, '')),
    }));
    let rendered: string;
    try {
      rendered = this.#template.render({
        messages: guarded,
        add_generation_prompt: true,
        bos_token: this.#model.tokens.bosString ?? '',
        eos_token: this.#model.tokens.eosString ?? '',
      });
    } catch (error) {
      throw badRequest(
        `the model's chat template refuses these messages: ${(error as Error).message}`,
        'messages',
      );
    }
    return {text: rendered.replaceAll(BREAK, ''), tokens: this.#tokenize(rendered), silent: 0};
  }

  #guard(text: string): string {
    let guarded = text;
    for (const [special] of this.#specials)
      guarded = guarded.replaceAll(special, special[0]! + BREAK + special.slice(1));
    return guarded;
  }

  #tokenize(rendered: string): number[] {
    const tokens: number[] = [];
    const plain = (piece: string) => {
      const text = piece.replaceAll(BREAK, '');
      if (text !== '') tokens.push(...this.#model.tokenize(text, false));
    };
    let start = 0;
    for (let at = 0; at < rendered.length;) {
      const special = this.#specials.find(([text]) => rendered.startsWith(text, at));
      if (special === undefined) {
        at++;
        continue;
      }
      plain(rendered.slice(start, at));
      tokens.push(special[1]);
      at += special[0].length;
      start = at;
    }
    plain(rendered.slice(start));
    return tokens;
  }
}
