import {l, n} from 'js-rouge';
import {describe, expect, it} from 'vitest';
import {porterStem} from '../../../../core/evaluation/metrics/porter.ts';
import {rougeL, rougeLsum, rougeN, rougeTokens} from '../../../../core/evaluation/metrics/rouge.ts';

const fox = 'The quick brown fox jumps over the lazy dog.';
const dog = 'The quick brown dog jumps over the lazy fox.';

/** Expected values: rouge_score 0.1.2 (RougeScorer.score(reference, candidate)). */
describe('ROUGE agrees with rouge_scorer', () => {
  it('swapped words', () => {
    expect(rougeN(dog, fox, 1).f1).toBe(1);
    expect(rougeN(dog, fox, 2).f1).toBeCloseTo(0.625, 12);
    expect(rougeL(dog, fox).f1).toBeCloseTo(0.7777777777777778, 12);
    expect(rougeLsum(dog, fox).f1).toBeCloseTo(0.7777777777777778, 12);
  });

  it("Lin's police and gunman", () => {
    expect(rougeN('the gunman police killed', 'police killed the gunman', 2).f1).toBeCloseTo(2 / 3, 12);
    expect(rougeL('the gunman police killed', 'police killed the gunman').f1).toBe(0.5);
  });

  it('ROUGE-Lsum is not ROUGE-L: lines may change places', () => {
    const reference = 'first sentence here\nsecond one follows';
    const candidate = 'second one here\nfirst sentence follows now';
    expect(rougeL(candidate, reference)).toEqual({
      precision: expect.closeTo(0.42857142857142855, 12),
      recall: 0.5,
      f1: expect.closeTo(0.4615384615384615, 12),
    });
    expect(rougeLsum(candidate, reference)).toEqual({
      precision: expect.closeTo(0.8571428571428571, 12),
      recall: 1,
      f1: expect.closeTo(0.923076923076923, 12),
    });
    expect(rougeN(candidate, reference, 2).f1).toBeCloseTo(0.3636363636363636, 12);
  });

  it('stems on request only', () => {
    const reference = 'Re: [ILUG] running happily & studies';
    const candidate = 'run happy study studied';
    expect(rougeN(candidate, reference, 1).f1).toBe(0);
    expect(rougeN(candidate, reference, 1, {stem: true})).toEqual({
      precision: 0.5,
      recall: 0.4,
      f1: expect.closeTo(0.4444444444444445, 12),
    });
    expect(rougeL(candidate, reference, {stem: true}).f1).toBeCloseTo(0.4444444444444445, 12);
  });

  it('an empty side scores 0 and throws nothing', () => {
    expect(rougeL('', 'a').f1).toBe(0);
    expect(rougeLsum('a', '').f1).toBe(0);
    expect(rougeN('日本', '日本', 1).f1).toBe(0);
    expect(rougeTokens("It's 3.50—OK")).toEqual(['it', 's', '3', '50', 'ok']);
  });

  it('js-rouge, where it speaks at all, says the same', () => {
    const tokenizer = (text: string): string[] => rougeTokens(text);
    expect(rougeN(dog, fox, 2).f1).toBeCloseTo(n(dog, fox, {n: 2, tokenizer, beta: 1}), 10);
    expect(rougeL('the gunman police killed', 'police killed the gunman').f1).toBeCloseTo(
      l('the gunman police killed', 'police killed the gunman', {beta: 1}),
      10,
    );
  });
});

/** Expected values: nltk 3.10.4, PorterStemmer().stem. */
describe("Porter's stemmer agrees with nltk", () => {
  const stems =
    `caresses caress ponies poni ties tie cats cat feed feed agreed agre plastered plaster bled bled
    motoring motor sing sing conflated conflat troubled troubl sized size hopping hop tanned tan falling fall hissing hiss
    fizzed fizz failing fail filing file happy happi sky sky relational relat conditional condit rational ration
    valenci valenc digitizer digit conformabli conform radicalli radic differentli differ vileli vile
    vietnamization vietnam predication predic operator oper feudalism feudal decisiveness decis hopefulness hope
    callousness callous formaliti formal sensitiviti sensit sensibiliti sensibl triplicate triplic formative form
    formalize formal electriciti electr electrical electr hopeful hope goodness good revival reviv allowance allow
    inference infer airliner airlin gyroscopic gyroscop adjustable adjust defensible defens irritant irrit
    replacement replac adjustment adjust dependent depend adoption adopt homologou homolog communism commun
    activate activ effective effect bowdlerize bowdler probate probat rate rate cease ceas controll control roll roll
    studies studi dying die flies fli dies die denied deni died die agreement agreement owned own skies sky news news
    inning inning proceed proceed succeed succeed enjoyed enjoy spied spi say say logi logi apologies apolog
    itemization item traditional tradit`
      .trim()
      .split(/\s+/);
  it.each(stems.flatMap((word, i) => (i % 2 === 0 ? [[word, stems[i + 1]!]] : [])))('%s → %s', (word, stem) =>
    expect(porterStem(word)).toBe(stem),
  );
});
