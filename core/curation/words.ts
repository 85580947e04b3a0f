import {PSEUDONYM} from './pii/scrub.ts';

/** How a text is told from another: lower case, words only; a pseudonym counts as its kind, whoever it stands for. */
export function comparable(text: string): string {
  return (text.includes('<') ? text.replace(PSEUDONYM, ' $1 ') : text).toLowerCase();
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * 32-bit hashes (FNV-1a over UTF-16 units, then murmur3's finaliser) of the words of `comparable` text, in order. Words are
 * runs of letters and digits; each character of a script written without spaces is a word. No string is made.
 */
export function wordHashes(text: string): Uint32Array {
  const hashes = new Uint32Array((text.length >> 1) + 1 + wide(text));
  let words = 0;
  let hash = FNV_OFFSET;
  let open = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const kind = unit < 128 ? ASCII[unit]! : beyond(unit);
    if (kind === WORD) {
      hash = Math.imul(hash ^ unit, FNV_PRIME);
      open = true;
      continue;
    }
    if (open) {
      hashes[words++] = mix(hash);
      hash = FNV_OFFSET;
      open = false;
    }
    if (kind === ALONE) hashes[words++] = mix(Math.imul(FNV_OFFSET ^ unit, FNV_PRIME));
  }
  if (open) hashes[words++] = mix(hash);
  return hashes.slice(0, words);
}

/** Murmur3's 32-bit finaliser: every input bit changes every output bit. (Appleby.) */
export function mix(hash: number): number {
  let h = hash;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const GAP = 0;
const WORD = 1;
const ALONE = 2;
const ASCII = Uint8Array.from({length: 128}, (_, unit) =>
  (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)
    ? WORD
    : GAP,
);

function beyond(unit: number): number {
  if (unit < 0xc0 || unit === 0xd7 || unit === 0xf7) return GAP;
  // General punctuation to miscellaneous symbols; CJK punctuation.
  if ((unit >= 0x2000 && unit <= 0x2bff) || (unit >= 0x3000 && unit <= 0x303f)) return GAP;
  // Vertical and small forms; full-width punctuation and signs, not full-width letters and digits; the middle dot of kana.
  if ((unit >= 0xfe30 && unit <= 0xfe6f) || unit === 0x30fb || unit === 0xff65) return GAP;
  if (unit >= 0xff01 && unit <= 0xff64 && ASCII[unit - 0xfee0] !== WORD) return GAP;
  // Kana, CJK ideographs, Thai, Lao, Khmer, Myanmar: no spaces between words.
  if ((unit >= 0x3040 && unit <= 0x9fff) || (unit >= 0xe00 && unit <= 0xeff)) return ALONE;
  if ((unit >= 0x1000 && unit <= 0x109f) || (unit >= 0x1780 && unit <= 0x17ff)) return ALONE;
  return WORD;
}

/** More room where words stand without spaces: one a character. */
function wide(text: string): number {
  return /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]/.test(text) ? text.length : 0;
}
