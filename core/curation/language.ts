import type {eld as anEld} from 'eld/extrasmall';

type Eld = typeof anEld;

export interface Language {
  /** ISO 639-1, or `und` where the text is too short or no language is sure. */
  readonly code: string;
  /**
   * eld's scores of the languages that come into question, 0 to 1 each; none for `und`. Made when they are asked for: that
   * takes longer than finding the language, and leaves much to the garbage collector.
   */
  readonly scores: () => Readonly<Record<string, number>>;
}

/** Letters that are looked at: more does not change the answer. */
const SEEN = 1000;
/** Fewer letters than this are no evidence of a language… */
const MIN_LETTERS = 40;
/** …but where most are of another script than Latin, that alone says much. */
const MIN_OTHER_LETTERS = 8;
export const UNDETERMINED: Language = {code: 'und', scores: () => ({})};

/** An import costs a tenth of an answer even where the module is there. */
let detector: Promise<{readonly eld: Eld}> | null = null;

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
  const letters = lengthOf(words.match(/\p{L}+/gu));
  const latin = lengthOf(words.match(/\p{Script=Latin}+/gu));
  if (letters < (2 * latin < letters ? MIN_OTHER_LETTERS : MIN_LETTERS)) return UNDETERMINED;
  const {eld} = await (detector ??= import('eld/extrasmall'));
  const result = eld.detect(words);
  if (result.language === '') return UNDETERMINED;
  return {code: result.language, scores: () => result.getScores()};
}

function lengthOf(parts: readonly string[] | null): number {
  return (parts ?? []).reduce((length, part) => length + part.length, 0);
}

/**
 * How surely a text is of none of these languages: the square of its best language's score over the sum of that and of the
 * square of the best of these, from ½ up; 0 where the best is one of them or nothing was detected, 1 where none of them comes into question.
 */
export function foreignness({code, scores}: Language, languages: readonly string[]): number {
  if (code === 'und' || languages.includes(code)) return 0;
  const score = scores();
  const own = Math.max(0, ...languages.map((language) => score[language] ?? 0));
  const best = score[code] ?? 0;
  return best === 0 ? 0 : best ** 2 / (best ** 2 + own ** 2);
}
