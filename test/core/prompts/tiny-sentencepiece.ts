import {ggufBytes} from './tiny-gguf.ts';

type Piece = readonly [text: string, score: number, kind: number];

/** A whole SentencePiece vocabulary. Kinds: 1 normal, 2 unknown, 3 control, 4 user-defined, 6 byte. */
export const SENTENCE_PIECES: readonly Piece[] = [
  ['<unk>', 0, 2],
  ['<s>', 0, 3],
  ['</s>', 0, 3],
  ...Array.from({length: 256}, (_, byte): Piece => [
    `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    0,
    6,
  ]),
  ...[...'▁spamhe:'].map((letter, i): Piece => [letter, -100 - i, 1]),
  ['sp', -3, 1],
  ['am', -1, 1],
  ['spam', -4, 1],
  ['▁spam', -5, 1],
  ['pa', -2, 1],
  ['▁▁', -6, 1],
  ['ham', -7, 1],
  ['am', -50, 1],
  ['\n\n', 0, 4],
];

/** As llama.cpp's converter writes it; `prefix`: whether a text gets a space in front, missing as in Llama 2's and Mistral's. */
export function tinySentencePieceGguf(prefix?: boolean): Buffer {
  return ggufBytes({
    'tokenizer.ggml.model': {text: 'llama'},
    'tokenizer.ggml.tokens': {texts: SENTENCE_PIECES.map(([text]) => text)},
    'tokenizer.ggml.token_type': {ints: SENTENCE_PIECES.map(([, , kind]) => kind)},
    'tokenizer.ggml.scores': {floats: SENTENCE_PIECES.map(([, score]) => score)},
    'tokenizer.ggml.eos_token_id': {u32: 2},
    ...(prefix === undefined ? {} : {'tokenizer.ggml.add_space_prefix': {bool: prefix}}),
  });
}

/** What puts a space in front in tokenizer.json: Llama 2's normalizer, Mistral's Metaspace, or (Gemma) nothing. */
export type SpaceInFront = 'prepend' | 'metaspace' | 'none';

/** The parsed tokenizer.json of a Hugging Face folder, SentencePiece's BPE with bytes for what is no token. */
export function tinySentencePieceJson(space: SpaceInFront): Readonly<Record<string, unknown>> {
  const replace = {type: 'Replace', pattern: {String: ' '}, content: '▁'};
  const tokens = SENTENCE_PIECES.flatMap(([text, , kind]) => (kind === 3 || kind === 4 ? [] : [text]));
  const names = [...new Set([...tokens, '▁s', '▁sp', '▁h', '▁ha', '▁ham', 'é', 'caf'])];
  return {
    added_tokens: [{id: names.length, content: '</s>', special: true}],
    normalizer:
      space === 'prepend'
        ? {type: 'Sequence', normalizers: [{type: 'Prepend', prepend: '▁'}, replace]}
        : space === 'none'
          ? replace
          : null,
    pre_tokenizer:
      space === 'metaspace'
        ? {type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false}
        : null,
    decoder: {
      type: 'Sequence',
      decoders: [
        {type: 'Replace', pattern: {String: '▁'}, content: ' '},
        {type: 'ByteFallback'},
        {type: 'Fuse'},
      ],
    },
    model: {
      type: 'BPE',
      byte_fallback: true,
      fuse_unk: true,
      unk_token: '<unk>',
      vocab: Object.fromEntries(names.map((token, id) => [token, id])),
      merges: ['a m', 's p', 'sp am', '▁ spam', '▁ h', 'h am', '▁h am', '▁ ▁'].filter((merge) =>
        names.includes(merge.replace(' ', '')),
      ),
    },
  };
}
