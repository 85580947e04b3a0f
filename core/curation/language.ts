export interface Language {
  /** ISO 639-1, or `und` where the text is too short or no language is sure. */
  readonly code: string;
  /** eld's scores of the languages that come into question, 0 to 1 each; none for `und`. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Letters that are looked at: more does not change the answer. */
const SEEN = 1000;
/** Fewer letters than this are no evidence of a language… */
const MIN_LETTERS = 40;
/** …but where most are of another script than Latin, that alone says much. */
const MIN_OTHER_LETTERS = 8;
export const UNDETERMINED: Language = {code: 'und', scores: {}};

/** Pseudonyms, addresses and numbers are of no language. */
const NO_WORDS = /<[A-Z_]{2,16}_[0-9a-f]{8}>|https?:\/\/\S{1,300}|[\d_=*#~|<>-]+/g;

/**
 * The language of the beginning of a text, by letter n-grams (eld: https://github.com/nitotm/efficient-language-detector-js).
 * Their tables take 100 MB, and are loaded by whoever asks first.
 */
export async function detectLanguage(text: string): Promise<Language> {
  const words = text
    .slice(0, 2 * SEEN)
    .replace(NO_WORDS, ' ')
    .slice(0, SEEN);
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  const latin = words.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters < (2 * latin < letters ? MIN_OTHER_LETTERS : MIN_LETTERS)) return UNDETERMINED;
  const {eld} = await import('eld/extrasmall');
  const result = eld.detect(words);
  if (result.language === '') return UNDETERMINED;
  return {code: result.language, scores: result.getScores()};
}

/**
 * How surely a text is of none of these languages: the square of its best language's score over the sum of that and of the
 * square of the best of these, from ½ up; 0 where the best is one of them or nothing was detected, 1 where none of them comes into question.
 */
export function foreignness({code, scores}: Language, languages: readonly string[]): number {
  if (code === 'und' || languages.includes(code)) return 0;
  const own = Math.max(0, ...languages.map((language) => scores[language] ?? 0));
  const best = scores[code] ?? 0;
  return best === 0 ? 0 : best ** 2 / (best ** 2 + own ** 2);
}
