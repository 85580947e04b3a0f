/** Kinds of tokens, as `tokenizer.ggml.token_type` numbers them. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const BYTE = 6;

const SPACE = '▁';
/** What stands for a byte: `<0xE9>`. */
const BYTE_NAME = /^<0x([0-9A-F]{2})>$/i;

/** A token's bytes, or its text, as SentencePiece spells them. */
export function pieceOf(token: string): Uint8Array | string {
  const byte = BYTE_NAME.exec(token);
  return byte ? Uint8Array.of(parseInt(byte[1]!, 16)) : token.replaceAll(SPACE, ' ');
}

export interface SentencePieceVocabulary {
  readonly tokens: readonly string[];
  /** A merge into a token of a higher score goes first. */
  readonly scores: readonly number[];
  readonly types: readonly number[];
  /** A text gets a space in front. */
  readonly addSpacePrefix: boolean;
}

/**
 * SentencePiece's BPE as llama.cpp applies it (llama-vocab.cpp, llm_tokenizer_spm): characters are joined by the merge of the
 * highest score, the leftmost of equals; what is no token becomes its bytes. User-defined tokens are found first, as
 * they stand; names of control tokens are letters.
 */
export function sentencePiece({tokens, scores, types, addSpacePrefix}: SentencePieceVocabulary): {
  readonly encode: (text: string) => number[];
  /** A token's bytes, or its text. */
  readonly piece: (id: number) => Uint8Array | string;
} {
  const idOf = new Map<string, number>();
  const byteToken: number[] = [];
  const userDefined: string[] = [];
  let unknown = 0;
  for (const [id, token] of tokens.entries()) {
    if (types[id] === CONTROL) continue;
    if (types[id] === BYTE) byteToken[Number(token.slice(1, -1))] = id;
    else if (types[id] === UNKNOWN) unknown = id;
    // Of two tokens of one text (Gemma has some) the first counts, as in llama.cpp.
    else if (!idOf.has(token)) idOf.set(token, id);
    if (types[id] === USER_DEFINED) userDefined.push(token);
  }
  const whole =
    userDefined.length === 0
      ? null
      : new RegExp(
          `(${userDefined
            .sort((a, b) => b.length - a.length)
            .map(escape)
            .join('|')})`,
        );

  function merged(text: string): number[] {
    const pieces: (string | null)[] = [...text];
    const before = pieces.map((_, i) => i - 1);
    const after = pieces.map((_, i) => i + 1);
    const queue = new BestFirst();
    const consider = (left: number, right: number) => {
      if (left < 0 || right >= pieces.length) return;
      const joined = pieces[left]! + pieces[right]!;
      const id = idOf.get(joined);
      if (id !== undefined) queue.push({left, right, joined, score: scores[id] ?? 0});
    };
    for (let i = 1; i < pieces.length; i++) consider(i - 1, i);
    for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
      const {left, right, joined} = best;
      // One of both may have been joined with another meanwhile.
      if (pieces[left] === null || pieces[right] === null || pieces[left]! + pieces[right]! !== joined)
        continue;
      if (after[left] !== right) continue;
      pieces[left] = joined;
      pieces[right] = null;
      after[left] = after[right]!;
      if (after[left] < pieces.length) before[after[left]] = left;
      consider(before[left]!, left);
      consider(left, after[left]);
    }
    return pieces.flatMap((piece) => (piece === null ? [] : ids(piece)));
  }

  function ids(piece: string): number[] {
    const id = idOf.get(piece);
    if (id !== undefined) return [id];
    return byteToken.length === 0
      ? [unknown]
      : [...new TextEncoder().encode(piece)].map((byte) => byteToken[byte] ?? unknown);
  }

  return {
    encode(text) {
      const parts = whole === null ? [text] : text.split(whole);
      return parts.flatMap((part, i) => {
        if (part === '') return [];
        if (i % 2 === 1) return [idOf.get(part)!];
        const lead = addSpacePrefix && i === 0 ? ' ' : '';
        return merged((lead + part).replaceAll(' ', SPACE));
      });
    },
    piece: (id) => pieceOf(tokens[id] ?? ''),
  };
}

interface Merge {
  readonly left: number;
  readonly right: number;
  readonly joined: string;
  readonly score: number;
}

/** A binary heap: the highest score first, the leftmost of equals. */
class BestFirst {
  readonly #heap: Merge[] = [];

  push(merge: Merge): void {
    const heap = this.#heap;
    let at = heap.push(merge) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && before(merge, heap[parent]!); parent = (at - 1) >> 1) {
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = merge;
  }

  pop(): Merge | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function before(a: Merge, b: Merge): boolean {
  return a.score > b.score || (a.score === b.score && a.left < b.left);
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
