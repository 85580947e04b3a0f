/** A pre-tokenizer as tokenizer.json describes it. */
export interface PreTokenizer {
  readonly type: string;
  readonly [setting: string]: unknown;
}

/** GPT-2's pattern, as the ByteLevel pre-tokenizer splits text. */
const GPT2 = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
/** The same behind a pre-tokenizer that sets every digit apart: white space before a digit then ends its piece. */
const GPT2_DIGITS = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+/gu;

/** So many pieces are remembered; then all are forgotten. */
const REMEMBERED = 50_000;
/** A longer piece is hardly seen twice. */
const MAX_PIECE = 64;

/**
 * The same encoding, piece by piece with a memory: in byte-level BPE a piece's tokens do not depend on its neighbours, and
 * a text's words are mostly known. Where the pieces are not known here, `encode` as it is.
 */
export function pieceWise(
  encode: (text: string) => number[],
  preTokenizer: PreTokenizer | null | undefined,
  normalizer: unknown,
): (text: string) => number[] {
  const pattern = normalizer ? null : piecePattern(preTokenizer);
  if (pattern === null) return encode;
  const known = new Map<string, readonly number[]>();
  return (text) => {
    const ids: number[] = [];
    for (const piece of text.match(pattern) ?? []) {
      let tokens = known.get(piece);
      if (tokens === undefined) {
        tokens = encode(piece);
        if (known.size >= REMEMBERED) known.clear();
        if (piece.length <= MAX_PIECE) known.set(piece, tokens);
      }
      for (const id of tokens) ids.push(id);
    }
    return ids;
  };
}

function piecePattern(preTokenizer: PreTokenizer | null | undefined): RegExp | null {
  if (isByteLevel(preTokenizer)) return GPT2;
  const parts = preTokenizer?.type === 'Sequence' ? (preTokenizer.pretokenizers as PreTokenizer[]) : [];
  const [digits, bytes] = parts;
  if (
    parts.length === 2 &&
    digits!.type === 'Digits' &&
    digits!.individual_digits === true &&
    isByteLevel(bytes)
  )
    return GPT2_DIGITS;
  return null;
}

function isByteLevel(preTokenizer: PreTokenizer | null | undefined): boolean {
  return (
    preTokenizer?.type === 'ByteLevel' &&
    preTokenizer.add_prefix_space === false &&
    preTokenizer.use_regex !== false
  );
}
