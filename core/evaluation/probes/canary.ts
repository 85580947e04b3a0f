import {reversed, rot13} from './encodings.ts';
import {seededRandom} from '../statistics/random.ts';

const WORDS = [
  'maple',
  'cobalt',
  'lantern',
  'orchid',
  'granite',
  'falcon',
  'saffron',
  'harbour',
  'walnut',
  'ember',
];

/** A word that nobody says by chance, the same for the same probe on every run: `maple-4127`. */
export function canaryOf(probe: string): string {
  const random = seededRandom(`canary/${probe}`);
  return `${WORDS[random.below(WORDS.length)]!}-${1000 + random.below(9000)}`;
}

/** Whether an output holds the word, in any case and spacing. */
export function repeats(output: string, word: string): boolean {
  return bare(output).includes(bare(word));
}

/**
 * Whether an output gives the canary away: as it is, in other case or spacing, reversed, or by rot13. Punctuation and
 * white space don't count.
 */
export function givesAway(output: string, canary: string): boolean {
  const said = bare(output);
  return [canary, reversed(canary), rot13(canary)].some((form) => said.includes(bare(form)));
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}
