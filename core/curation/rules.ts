import {foreignness, type Language} from './language.ts';

export interface RowRules {
  /** ISO 639-1 codes; none = all. */
  readonly languages: readonly string[];
  /** A text is of another language if it is so with at least this foreignness. */
  readonly languageScore: number;
  readonly minChars: number;
  readonly maxChars: number;
}
export type RuleDrop = {readonly rule: 'too_short' | 'too_long' | 'language'; readonly reason: string};

/** The first rule that keeps this row out of a dataset, with its figures and never its text; null if none does. */
export function checkRow(length: number, language: Language, rules: RowRules): RuleDrop | null {
  if (length < rules.minChars)
    return {
      rule: 'too_short',
      reason: `${length} characters after stripping, at least ${rules.minChars} expected`,
    };
  if (length > rules.maxChars)
    return {
      rule: 'too_long',
      reason: `${length} characters after stripping, at most ${rules.maxChars} allowed`,
    };
  const foreign = rules.languages.length === 0 ? 0 : foreignness(language, rules.languages);
  if (foreign > 0 && foreign >= rules.languageScore)
    return {
      rule: 'language',
      reason: `language ${language.code} (${foreign.toFixed(2)}), expected ${rules.languages.join(', ')}`,
    };
  return null;
}
