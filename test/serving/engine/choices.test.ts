import {describe, expect, it} from 'vitest';
import {choiceTokens} from '../../../serving/engine/choices.ts';
import type {NativeModel} from '../../../serving/engine/native.ts';

/** Tokens of a vocabulary by greedy longest match; `lead` stands in front of every text, as SentencePiece's space does. */
function tokenizer(vocabulary: readonly string[], lead = '') {
  const longestFirst = [...vocabulary].sort((a, b) => b.length - a.length);
  const tokenize = (text: string): number[] => {
    const ids: number[] = [];
    for (let left = lead + text; left !== '';) {
      const token = longestFirst.find((one) => left.startsWith(one))!;
      ids.push(vocabulary.indexOf(token));
      left = left.slice(token.length);
    }
    return ids;
  };
  return {tokenize} as unknown as NativeModel;
}

describe("a choice's tokens behind a prompt", () => {
  const letters = [...' :Aamphsn'];

  it('have no second space where a text on its own would get one in front', () => {
    const model = tokenizer([...letters, ' spam', ' ham'], ' ');
    expect(choiceTokens(model, 'A:', ' spam')).toEqual([9]);
    expect(choiceTokens(model, 'A:', 'ham')).toEqual([...'ham'].map((letter) => letters.indexOf(letter)));
  });

  it('are its own where prompt and choice would merge', () => {
    const model = tokenizer([...letters, ': ', ' spam']);
    expect(choiceTokens(model, 'A:', ' spam')).toEqual([10]);
  });

  it('are its own behind an empty prompt', () => {
    expect(choiceTokens(tokenizer([...letters, ' spam']), '', ' spam')).toEqual([9]);
  });
});
