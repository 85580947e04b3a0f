import * as library from '@huggingface/tokenizers';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {tokenBytes} from './byte-level.ts';
import {readGgufMetadata, type GgufMetadata} from './gguf.ts';
import {pieceWise, type PreTokenizer} from './pieces.ts';
import {pieceOf, sentencePiece} from './sentencepiece.ts';

/** Text to token ids and back, exactly as the model that the ids are for. */
export interface Tokenizer {
  /** Ids of plain text: the name of a control token in it is just letters. */
  encode(text: string): number[];
  /** Ids of a rendered prompt: control tokens in it are control tokens. No token is added at either end. */
  encodePrompt(text: string): number[];
  /**
   * The text that these ids begin with, without the space that `encode` puts in front; bytes that are no whole character
   * become U+FFFD.
   */
  decode(ids: readonly number[]): string;
  /** Names of the control tokens: `<|im_start|>`, … */
  readonly controls: readonly string[];
  /** What ends an answer; null where the model has no such token. */
  readonly eos: {readonly id: number; readonly text: string} | null;
  /** The model's Jinja chat template, as it came with it. */
  readonly chatTemplate: string | null;
}

/**
 * The tokenizer inside a GGUF file. `read(n)` gives the file's first n bytes (or all, if it is shorter).
 * Throws InvalidInput for a file that is no GGUF, or whose tokenizer is of a kind that is not known here.
 * @example await tokenizerFromGguf((n) => readStart('model.gguf', n))
 */
export async function tokenizerFromGguf(read: (bytes: number) => Promise<Uint8Array>): Promise<Tokenizer> {
  for (let ask = 4 * 2 ** 20; ; ask *= 2) {
    const prefix = await read(ask);
    const got = readGgufMetadata(prefix);
    if (got.status === 'whole') return tokenizerFromMetadata(got.metadata);
    if (got.status === 'unreadable') throw unusable(`cannot be read as GGUF: ${got.reason}`);
    if (prefix.length < ask) throw unusable('ends in the middle of its metadata');
  }
}

/** GGUF's `tokenizer.ggml.pre` → how text is split before the merges, in tokenizer.json's words. */
const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  // Digits one by one, then GPT-2's pattern.
  smollm: {
    type: 'Sequence',
    pretokenizers: [
      {type: 'Digits', individual_digits: true},
      {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
    ],
  },
  'gpt-2': {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
};
const CONTROL = 3;
const USER_DEFINED = 4;

/** @see tokenizerFromGguf */
export function tokenizerFromMetadata(metadata: GgufMetadata): Tokenizer {
  const model = metadata['tokenizer.ggml.model'];
  const pre = metadata['tokenizer.ggml.pre'];
  if (model === 'llama') return fromSentencePiece(metadata);
  if (model !== 'gpt2')
    throw unusable(
      `has a tokenizer of kind "${String(model)}", expected "gpt2" (byte-level BPE) or "llama" (SentencePiece)`,
    );
  const preTokenizer = typeof pre === 'string' ? PRE_TOKENIZERS[pre] : undefined;
  if (!preTokenizer) {
    const known = Object.keys(PRE_TOKENIZERS).join(', ');
    throw unusable(
      `splits text as "${String(pre)}", known are ${known}: use the model's Hugging Face folder`,
    );
  }
  const tokens = metadata['tokenizer.ggml.tokens'] as string[];
  const types = (metadata['tokenizer.ggml.token_type'] ?? []) as number[];
  const merges = metadata['tokenizer.ggml.merges'] as string[];
  const template = metadata['tokenizer.chat_template'];
  const eos = metadata['tokenizer.ggml.eos_token_id'];
  return build({
    json: {
      version: '1.0',
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: preTokenizer,
      post_processor: null,
      decoder: {type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true},
      model: {type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges},
    },
    controls: new Map(
      tokens.flatMap((token, id) =>
        types[id] === CONTROL || types[id] === USER_DEFINED ? [[token, id]] : [],
      ),
    ),
    eos: typeof eos === 'number' ? eos : null,
    chatTemplate: typeof template === 'string' ? template : null,
  });
}

/** Llama 2's, Mistral's and Gemma's. */
function fromSentencePiece(metadata: GgufMetadata): Tokenizer {
  const tokens = metadata['tokenizer.ggml.tokens'] as string[];
  const types = metadata['tokenizer.ggml.token_type'] as number[];
  const template = metadata['tokenizer.chat_template'];
  const eos = metadata['tokenizer.ggml.eos_token_id'];
  const {encode, piece} = sentencePiece({
    tokens,
    types,
    scores: metadata['tokenizer.ggml.scores'] as number[],
    addSpacePrefix: metadata['tokenizer.ggml.add_space_prefix'] !== false,
  });
  return assemble({
    encode,
    piece,
    // User-defined ones are text that users write, too: line breaks, tags.
    controls: new Map(tokens.flatMap((token, id) => (types[id] === CONTROL ? [[token, id]] : []))),
    eos: typeof eos === 'number' ? {id: eos, text: tokens[eos] ?? ''} : null,
    chatTemplate: typeof template === 'string' ? template : null,
  });
}

/**
 * The tokenizer of a Hugging Face folder: the parsed tokenizer.json and tokenizer_config.json, and chat_template.jinja
 * where it is a file of its own.
 */
export function tokenizerFromJson(
  tokenizerJson: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
  chatTemplate?: string,
): Tokenizer {
  const added = (tokenizerJson.added_tokens ?? []) as {content: string; id: number}[];
  const controls = new Map(added.map((token) => [token.content, token.id]));
  const named = config.eos_token as string | {content: string} | undefined;
  const eosText = typeof named === 'object' ? named.content : named;
  const inConfig = config.chat_template;
  return build({
    json: {normalizer: null, ...tokenizerJson, added_tokens: [], post_processor: null},
    controls,
    eos: eosText === undefined ? null : (controls.get(eosText) ?? null),
    chatTemplate: chatTemplate ?? (typeof inConfig === 'string' ? inConfig : null),
  });
}

/** The package's own declarations import without file names, which TypeScript does not resolve here. */
const Library = library.Tokenizer as unknown as new (
  json: object,
  config: object,
) => {
  encode(text: string, options: {add_special_tokens: boolean}): {ids: number[]};
  id_to_token(id: number): string | undefined;
};

interface TokenizerJson {
  readonly pre_tokenizer?: PreTokenizer | null;
  readonly normalizer?: unknown;
  readonly [part: string]: unknown;
}

interface Parts {
  /** tokenizer.json without added tokens: so the library never takes text for a control token. */
  readonly json: TokenizerJson;
  readonly controls: ReadonlyMap<string, number>;
  readonly eos: number | null;
  readonly chatTemplate: string | null;
}

function build({json, controls, eos, chatTemplate}: Parts): Tokenizer {
  const model = new Library(json, {clean_up_tokenization_spaces: false});
  const nameOf = new Map([...controls].map(([text, id]) => [id, text]));
  const encode = pieceWise(
    (text) => (text === '' ? [] : model.encode(text, {add_special_tokens: false}).ids),
    json.pre_tokenizer,
    json.normalizer,
  );
  const text = (id: number) => nameOf.get(id) ?? model.id_to_token(id) ?? '';
  const byteLevel = JSON.stringify([json.pre_tokenizer, json.decoder]).includes('"ByteLevel"');
  const spelled = byteLevel ? (token: string) => tokenBytes(token) ?? token : pieceOf;
  return assemble({
    encode,
    piece: (id) => nameOf.get(id) ?? spelled(text(id)),
    controls,
    eos: eos === null ? null : {id: eos, text: text(eos)},
    chatTemplate,
  });
}

interface Assembled {
  readonly encode: (text: string) => number[];
  /** A token's bytes, or its text. */
  readonly piece: (id: number) => Uint8Array | string;
  readonly controls: ReadonlyMap<string, number>;
  readonly eos: Tokenizer['eos'];
  readonly chatTemplate: string | null;
}

function assemble({encode, piece, controls, eos, chatTemplate}: Assembled): Tokenizer {
  // Longest first, so that no name hides one that it begins.
  const names = [...controls.keys()].sort((a, b) => b.length - a.length);
  const splitter = names.length > 0 ? new RegExp(`(${names.map(escape).join('|')})`) : null;
  const utf8 = new TextDecoder('utf-8', {ignoreBOM: true});
  const bytes = new TextEncoder();
  const textOf = (ids: readonly number[]): string => {
    const pieces = ids.map((id) => {
      const one = piece(id);
      return typeof one === 'string' ? bytes.encode(one) : one;
    });
    return utf8.decode(concat(pieces));
  };
  const spaceInFront = textOf(encode('a')).startsWith(' ');
  return {
    encode,
    encodePrompt: (text) =>
      splitter === null
        ? encode(text)
        : text.split(splitter).flatMap((part, i) => (i % 2 === 1 ? [controls.get(part)!] : encode(part))),
    decode(ids) {
      const text = textOf(ids);
      return spaceInFront && text.startsWith(' ') ? text.slice(1) : text;
    },
    controls: [...controls.keys()],
    eos,
    chatTemplate,
  };
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function unusable(what: string): RatchetError {
  return new RatchetError(ErrorType.InvalidInput, `the base model's file ${what}`);
}
