import * as library from '@huggingface/tokenizers';

/** What we use of the library's tokenizer. Its own declarations import without file names, which TypeScript does not resolve here. */
export interface WholeTextTokenizer {
  encode(text: string, options: {add_special_tokens: boolean}): {ids: number[]};
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
  readonly model: {encode(words: string[]): string[]};
}

/** `file`: the parsed tokenizer.json. */
export const WholeTextTokenizer = library.Tokenizer as unknown as new (
  file: object,
  config: object,
) => WholeTextTokenizer;
