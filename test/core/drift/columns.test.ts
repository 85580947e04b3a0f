import {describe, expect, it} from 'vitest';
import {
  accuracy,
  embedding,
  inputLength,
  labelShare,
  language,
  novelty,
} from '../../../core/drift/columns.ts';
import type {Windows} from '../../../core/drift/columns.ts';
import type {Observation} from '../../../core/drift/observation.ts';
import {seededRandom, SETTINGS} from './windows.ts';

const windows = (reference: Observation[], current: Observation[], window = 40): Windows => ({
  reference,
  current,
  settings: {...SETTINGS, window, permutations: 9},
  random: seededRandom('columns'),
});
const PLAIN: Observation = {
  chars: 100,
  language: 'en',
  vector: null,
  novelty: null,
  fresh: true,
  task: 'triage',
  label: 'ham',
  right: null,
  ifSilent: true,
};
/** n answers, as `change` has the i-th. */
const answers = (n: number, change: (i: number) => Partial<Observation> = () => ({})): Observation[] =>
  Array.from({length: n}, (_, i) => ({...PLAIN, ...change(i)}));
/** Counts of values in an order that has nothing to do with them. */
const mixed = <T>(...counts: readonly (readonly [value: T, n: number])[]): T[] => {
  const values = counts.flatMap(([value, n]) => new Array<T>(n).fill(value));
  seededRandom('mixed').shuffle(values);
  return values;
};
const labelled = (...counts: readonly (readonly [string, number])[]): Observation[] =>
  mixed(...counts).map((label) => ({...PLAIN, label}));

describe('shares of labels', () => {
  const share = (reference: Observation[], current: Observation[]) =>
    labelShare(windows(reference, current), 'triage', 'label_share');

  it('name the three that moved most, the largest move first', () => {
    const column = share(
      labelled(['chat', 10], ['ham', 50], ['news', 20], ['spam', 20]),
      labelled(['chat', 50], ['ham', 50], ['news', 60], ['spam', 40]),
    );
    expect(column.note).toBe('ham 50.0 % → 25.0 %, chat 10.0 % → 25.0 %, news 20.0 % → 30.0 %');
    // Σ (q − p) ln (q / p)
    expect(column.effect).toBeCloseTo(0.25 * Math.log(2) + 0.15 * Math.log(2.5) + 0.1 * Math.log(1.5), 9);
    // No deal of nine comes near.
    expect(column).toMatchObject({p: 0.1, tested: true, threshold: 0.1, statistic: 'psi'});
  });

  it('that are the same have moved nowhere', () => {
    const same = labelled(['ham', 50], ['spam', 50]);
    expect(share(same, same)).toMatchObject({
      effect: 0,
      p: 1,
      note: 'ham 50.0 % → 50.0 %, spam 50.0 % → 50.0 %',
    });
  });

  it('are of first answers of the task alone that gave one', () => {
    const own = labelled(['ham', 25], ['spam', 25]);
    const others = [{task: 'tone'}, {label: null}, {firstAnswer: false}].flatMap((change) =>
      answers(50, () => change),
    );
    const first = own.map((o) => ({...o, firstAnswer: true}));
    expect(share([...own, ...others], [...others, ...first])).toEqual(share(own, own));
  });
});

describe('languages and lengths', () => {
  it('are as far apart as their shares are by Jensen and Shannon', () => {
    const spoken = (...counts: readonly (readonly [string, number])[]) =>
      mixed(...counts).map((name) => ({...PLAIN, language: name}));
    const column = language(windows(spoken(['en', 50], ['de', 50]), spoken(['en', 200])));
    // scipy.spatial.distance.jensenshannon([.5, .5], [1, 0], base=2)
    expect(column.effect).toBeCloseTo(0.557923, 6);
    expect(column).toMatchObject({p: 0.1, note: 'de 50.0 % → 0.0 %, en 50.0 % → 100.0 %'});
  });

  it('are as far apart as the logarithms of one and more, by their deviation', () => {
    const long = (...counts: readonly (readonly [number, number])[]) =>
      mixed(...counts).map((chars) => ({...PLAIN, chars}));
    // ln 1 and ln 7: half of them move by twice the deviation.
    const column = inputLength(windows(long([0, 30], [6, 30]), long([6, 90])));
    expect(column.effect).toBeCloseTo(1, 9);
    expect(column).toMatchObject({p: 0.1, note: null});
    // All alike, then not: infinitely far, as far as a report can say.
    expect(inputLength(windows(long([0, 30]), long([0, 15], [6, 15]))).effect).toBe(Number.MAX_VALUE);
  });
});

describe('novelty and embeddings', () => {
  it('tell the medians of distances to training', () => {
    const far = (...counts: readonly (readonly [number, number])[]) =>
      mixed(...counts).map((distance) => ({...PLAIN, novelty: distance}));
    const column = novelty(windows(far([0.1, 20], [0.2, 21], [0.9, 20]), far([0.4, 10], [0.5, 51])));
    expect(column).toMatchObject({
      p: 0.1,
      note: 'median distance to the nearest training row 0.200 → 0.500',
    });
  });

  it('are as far apart as can be where all of one window lie at one place, and all of the other elsewhere', () => {
    const at = (n: number, ...vector: number[]) => answers(n, () => ({vector: Float32Array.from(vector)}));
    const column = embedding(windows(at(30, 1, 0), at(60, 0, 1)));
    expect(column.effect).toBeCloseTo(1, 9);
    expect(column).toMatchObject({p: 0.1, statistic: 'energy', note: null});
    expect(embedding(windows(at(30, 1, 0), at(60, 1, 0)))).toMatchObject({effect: 0, p: 1});
  });

  it('are of fresh inputs that have one', () => {
    const own = mixed([0, 20], [1, 20]).map((x) => ({
      ...PLAIN,
      novelty: x,
      vector: Float32Array.of(x, 1 - x),
    }));
    const others = [
      ...answers(50),
      ...answers(50, () => ({fresh: false, novelty: 9, vector: Float32Array.of(9, 9)})),
    ];
    for (const column of [novelty, embedding])
      expect(column(windows([...own, ...others], [...others, ...own]))).toEqual(column(windows(own, own)));
  });
});

describe('too few answers', () => {
  it.each([
    // Half a window, 20 at least.
    [40, 20, 20, true],
    [40, 19, 20, false],
    [40, 20, 19, false],
    [200, 100, 100, true],
    [200, 99, 100, false],
    [200, 100, 99, false],
  ])('in a window of %d: %d and %d, tested: %s', (window, n, m, tested) => {
    const of = (size: number) => answers(size, (i) => ({language: i % 3 ? 'en' : 'de'}));
    const column = language(windows(of(n), of(m), window));
    expect(column.tested).toBe(tested);
    if (!tested)
      expect(column).toEqual({
        column: 'language',
        statistic: 'jensen_shannon',
        threshold: 0.1,
        effect: 0,
        p: 1,
        tested: false,
        note: `not enough samples: ${n} and ${m}, at least ${window / 2} needed in each window`,
      });
  });

  it('are eight users that differ, where all answers of one are alike', () => {
    const users = (n: number) =>
      answers(n * 10, (i) => ({language: (i % n) % 2 ? 'en' : 'de', unit: `user ${i % n}`}));
    const column = language(windows(users(6), users(6)));
    expect(column).toMatchObject({tested: false, effect: 0, p: 1});
    expect(column.note).toMatch(/^not enough samples: up to \d+ answers in a row, or of one user, are alike/);
    expect(language(windows(users(7), users(8))).tested).toBe(false);
    expect(language(windows(users(8), users(7))).tested).toBe(false);
    expect(language(windows(users(8), users(8)))).toMatchObject({
      tested: true,
      note: expect.stringMatching(/; compared by blocks of up to 10 alike answers$/) as string,
    });
  });
});

describe('accuracy', () => {
  const judge = (n: number, wrongEvery: number) =>
    answers(n, (i) => ({right: i % wrongEvery !== wrongEvery - 1}));
  const measured = (reference: Observation[], current: Observation[]) =>
    accuracy(windows(reference, current), 'triage', 'accuracy');

  it('says how far it fell, with its interval by Newcombe, and since when', () => {
    const column = measured(judge(100, 10), judge(200, 4));
    // Three right ones take off .125 each, a wrong one adds .875: at the 16th wrong one the shortfall is 8.375.
    expect(column.note).toBe(
      'judged answers: 90.0 % → 75.0 %, difference -0.150 [-0.228, -0.058]; Page–Hinkley signals at answer 64 of 200',
    );
    expect(column.effect).toBeCloseTo(0.15, 9);
    expect(column).toMatchObject({p: 0.1, threshold: 0.05, statistic: 'difference'});
  });

  it('that rose is no effect', () => {
    expect(measured(judge(200, 4), judge(100, 10))).toMatchObject({
      effect: 0,
      p: 1,
      note: 'judged answers: 75.0 % → 90.0 %, difference 0.150 [0.058, 0.228]',
    });
  });

  it('that no deal of the answers could change is no difference', () => {
    const right = (n: number) => answers(n, () => ({right: true}));
    expect(measured(right(50), right(70))).toMatchObject({effect: 0, p: 1, tested: true});
  });

  it('counts silence as right where fewer than 80 % are judged, in either window', () => {
    const judged = (n: number) => answers(100, (i) => ({right: i >= n ? null : i % 10 !== 9}));
    const all = 'judged answers: 90.0 % → 90.0 %, difference ';
    expect(measured(judged(80), judged(80)).note).toContain(all);
    expect(measured(judged(100), judged(80)).note).toContain(all);
    const silent = /^answers nobody complained about: 93\.0 % → 9[03]\.0 %, difference /;
    expect(measured(judged(79), judged(79)).note).toMatch(silent);
    expect(measured(judged(79), judged(100)).note).toMatch(silent);
    expect(measured(judged(100), judged(79)).note).toMatch(/^answers nobody complained about: 90\.0 % → 93/);
  });

  it('needs a word about any of them', () => {
    expect(measured(answers(50), answers(50))).toEqual({
      column: 'accuracy',
      statistic: 'difference',
      threshold: 0.05,
      effect: 0,
      p: 1,
      tested: false,
      note: 'no feedback tells whether answers were right',
    });
    const told = answers(50, (i) => ({right: i === 7 ? false : null}));
    expect(measured(answers(50), told).tested).toBe(true);
    expect(measured(told, answers(50)).tested).toBe(true);
  });

  it('takes silence for wrong where users saw another answer', () => {
    const unseen = answers(50, (i) => ({ifSilent: i % 5 !== 0, right: i === 1 ? true : null}));
    expect(
      measured(
        answers(50, (i) => ({right: i === 1 ? true : null})),
        unseen,
      ).note,
    ).toContain('answers nobody complained about: 100.0 % → 80.0 %, difference -0.200');
  });
});
