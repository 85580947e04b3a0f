import {distance} from 'fastest-levenshtein';

/** A class as it is written most often, with its other spellings. */
export interface Spelled {
  readonly label: string;
  readonly aliases: readonly string[];
  /** Of all spellings together. */
  readonly rows: number;
}

/** Values that differ in how they are written alone. */
interface Alike {
  readonly fold: string;
  readonly ways: readonly (readonly [value: string, rows: number])[];
  readonly rows: number;
  /** Those of others that mean this. */
  readonly taken: (readonly [value: string, rows: number])[];
  into: Alike | null;
}

/** A word of fewer letters is no word that another one shortens: "A" is not "AB". */
const LEAST_OF_A_WORD = 5;
/** A typing error is in one letter, and this much rarer than the word. */
const TYPED_WRONG = 0.1;

/**
 * The classes among values and how often each occurs: values that differ in case, Unicode form or what joins their words alone
 * are one; so are `neg` or `neg.` and the only longer word that begins so, and a rare value one letter away from the only
 * one that is like it. The spelling of the most rows is the label; in the order of labels.
 */
export function spelledClasses(values: readonly (readonly [value: string, rows: number])[]): Spelled[] {
  const alike = [...Map.groupBy(values, ([value]) => folded(value))].map(([fold, ways]): Alike => ({
    fold,
    ways: [...ways],
    rows: ways.reduce((sum, [, n]) => sum + n, 0),
    taken: [],
    into: null,
  }));
  const into = (rule: (one: Alike, other: Alike) => boolean): void => {
    const left = alike.filter((one) => one.into === null);
    for (const one of left) {
      const meant = left.filter((other) => other !== one && rule(one, other));
      if (meant.length === 1) one.into = meant[0]!;
    }
  };
  // Errors first: else "pos" could be "positive" or "postive".
  into(typedWrong);
  into((one, other) => shortens(one.fold, other.fold));
  const last = (one: Alike): Alike => (one.into === null ? one : last(one.into));
  for (const one of alike) if (one.into !== null) last(one).taken.push(...one.ways);
  return alike
    .filter(({into}) => into === null)
    .map(({ways, taken}) => {
      const [label] = [...ways].sort(mostOften)[0]!;
      const all = [...ways, ...taken];
      return {
        label,
        aliases: all
          .map(([value]) => value)
          .filter((value) => value !== label)
          .sort(),
        rows: all.reduce((sum, [, n]) => sum + n, 0),
      };
    })
    .sort((a, b) => (a.label < b.label ? -1 : 1));
}

function folded(value: string): string {
  return value
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_.-]+/g, ' ')
    .trim();
}

function shortens(short: string, long: string): boolean {
  return (
    /^\p{L}+$/u.test(short) &&
    long.length >= LEAST_OF_A_WORD &&
    long.length > short.length &&
    long.startsWith(short) &&
    // "spam" and "spam folder" are two things.
    !long.slice(short.length).startsWith(' ')
  );
}

function typedWrong(wrong: Alike, right: Alike): boolean {
  return (
    Math.min(wrong.fold.length, right.fold.length) >= LEAST_OF_A_WORD &&
    /^\p{L}[\p{L} ]+$/u.test(wrong.fold) &&
    wrong.rows <= TYPED_WRONG * right.rows &&
    distance(wrong.fold, right.fold) === 1
  );
}

/** Of two that are written as often, the one in small letters. */
function mostOften([a, n]: readonly [string, number], [b, m]: readonly [string, number]): number {
  return m - n || (a > b ? -1 : 1);
}
