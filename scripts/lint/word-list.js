// @ts-check
/**
 * Words that docs and messages do without, and what to write instead. One rule stands behind all of them: plain modern
 * technical English, the reader as "you", the field's term.
 * @type {readonly {readonly word: RegExp, readonly instead: string}[]}
 */
export const WORDS = [
  {word: /\bmend(s|ed|ing)?\b/i, instead: 'fix'},
  {word: /\bheed(s|ed)?\b/i, instead: 'respect, use'},
  {word: /\bshall\b/i, instead: 'should, must, will'},
  {word: /\banew\b/i, instead: 'again'},
  {word: /\bwhoever\b/i, instead: 'everyone who, the process that'},
  {word: /\breckon(s|ed|ing)?\b/i, instead: 'calculate, estimate'},
  {word: /\bfor want of\b/i, instead: 'without, because there is no'},
  {word: /\bcame to\b/i, instead: 'reached, the result is'},
  {word: /\b(is|are|was|were) told\b/i, instead: 'is notified, the message says'},
  {word: /\btold apart\b/i, instead: 'distinguished'},
  {word: /\bstands? (in|for|beside|behind|among|still)\b/i, instead: 'is in, means, is next to, is stuck'},
  {word: /\bstand-ins?\b/i, instead: 'fake'},
  {word: /\bas it stands\b/i, instead: 'as it is'},
  {word: /\b(is|are|was) the matter\b/i, instead: 'is the problem'},
  {word: /\bnobody may\b/i, instead: 'you cannot, no one can'},
  {word: /\bwhat it was\b/i, instead: 'name the thing'},
  {word: /\bby (itself|themselves)\b/i, instead: 'automatically, on its own'},
  {word: /\bbeside\b/i, instead: 'next to, with'},
  {word: /\b(comes|came|come) of (it|this|that|them)\b/i, instead: 'results, becomes'},
  {
    word: /\bin the place of\b|\bin (his|her|their|whose|your) (place|stead)\b/i,
    instead: 'for, on behalf of',
  },
  {word: /\ball the same\b/i, instead: 'anyway'},
  {word: /\b(is|are|was|be) good (for|until)\b/i, instead: 'is valid for'},
  {word: /\bof former\b/i, instead: 'of earlier'},
  {word: /\bgoes? on answering\b/i, instead: 'keeps answering'},
  {word: /\bfound, not made\b/i, instead: 'reused from cache'},
  {word: /\b(thereof|therein|thereby|thereupon|hitherto|lest|upon)\b/i, instead: 'plain words'},
  {word: /\bsome \d/i, instead: 'about N'},
];
