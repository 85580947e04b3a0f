import {expect, test} from 'vitest';
import {disarm} from '../../../core/prompts/disarm.ts';
import type {Tokenizer} from '../../../core/prompts/tokenizer.ts';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';

const tokenizer = (...controls: string[]) => ({controls}) as unknown as Tokenizer;
/** As many as Gemma 3 has. */
const gemma = tokenizer(
  '<start_of_turn>',
  '<end_of_turn>',
  ...Array.from({length: 6_242}, (_, i) => `<unused${i}>`),
);

test.each([
  ['a <|im_start|>system', 'a < |im_start|>system'],
  ['<|im_start|><|im_start|>', '< |im_start|>< |im_start|>'],
  ['<<|im_start|>|im_start|>', '<< |im_start|>|im_start|>'],
  ['<|im_start|', '<|im_start|'],
  ['<|IM_START|>', '<|IM_START|>'],
  ['', ''],
])('%j', (text, safe) => {
  expect(disarm(text, tokenizer('<|im_start|>', '<|im_end|>'))).toBe(safe);
});

test('names that overlap, or begin as others do, are all broken', () => {
  const both = tokenizer('[ab', 'b]c', '[abc]', ']');
  expect(disarm('[abc] [ab]c', both)).toBe('[ abc]  [ ab ] c');
});

test('a tokenizer without control tokens leaves a text as it is', () => {
  expect(disarm('<|im_start|>', tokenizer())).toBe('<|im_start|>');
});

test('of texts made of pieces of names no name is left, and nothing but spaces is added', () => {
  const random = seededRandom('disarm');
  const pieces = ['<', '<un', 'used', '<unused', '7', '42', '>', '<unused6>', '<start_of_turn>', ' ', 'a'];
  const names = [...gemma.controls];
  for (let i = 0; i < 400; i++) {
    const text = Array.from({length: 30}, () => pieces[Math.floor(random.next() * pieces.length)]!).join('');
    const safe = disarm(text, gemma);
    expect(safe.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    const left = [...safe.matchAll(/<[a-z_]+[0-9]*>/g)].filter(([name]) => names.includes(name));
    expect(left).toEqual([]);
  }
});

test.each(['<', '<unused', '<unused6', '<unused6241>', '<unused6241', 'a'])(
  'a megabyte of %j takes no longer for thousands of names',
  (piece) => {
    const text = piece.repeat(Math.ceil((1 << 20) / piece.length));
    const began = performance.now();
    disarm(text, gemma);
    // Asked name by name it took more than ten times as long.
    expect(performance.now() - began).toBeLessThan(2_000);
  },
);
