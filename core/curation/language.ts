import {eld} from 'eld/extrasmall';

export interface Language {
  /** ISO 639-1, or `und` where the text is too short or no language is sure. */
  readonly code: string;
  /** eld's score of that language, 0 to 1; 0 for `und`. */
  readonly score: number;
}

/** Letters that are looked at: more does not change the answer. */
const SEEN = 1000;
/** Fewer letters than this are no evidence of a language. */
const MIN_LETTERS = 24;
export const UNDETERMINED: Language = {code: 'und', score: 0};

/** Pseudonyms, addresses and numbers are of no language. */
const NO_WORDS = /<[A-Z_]{2,16}_[0-9a-f]{8}>|https?:\/\/\S{1,300}|[\d_=*#~|<>-]+/g;

/** The language of the beginning of a text, by letter n-grams (eld: https://github.com/nitotm/efficient-language-detector-js). */
export function detectLanguage(text: string): Language {
  const words = text
    .slice(0, 2 * SEEN)
    .replace(NO_WORDS, ' ')
    .slice(0, SEEN);
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  if (letters < (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(words) ? 8 : MIN_LETTERS))
    return UNDETERMINED;
  const result = eld.detect(words);
  if (result.language === '') return UNDETERMINED;
  return {code: result.language, score: result.getScores()[result.language] ?? 0};
}
