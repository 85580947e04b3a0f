/** The words of prompt files. No zod in here. */

export const PROMPT_ROLES = ['system', 'user', 'assistant'] as const;
export type PromptRole = (typeof PROMPT_ROLES)[number];

export const VALUE_TYPES = ['string', 'number', 'boolean', 'array', 'object'] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** Words that mean something to the template language, or to JavaScript's objects, in place of a variable. */
// prettier-ignore
export const RESERVED_NAMES: readonly string[] = [
  'true', 'false', 'nil', 'null', 'empty', 'blank', 'contains', 'and', 'or', 'not', 'in', 'forloop',
  'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'toJSON', 'toLiquid',
];

/** What stands before a partial's name in its file's, `_signature.prompt.md`; a prompt's file begins with its name. */
export const PARTIAL_MARK = '_';
export const PROMPT_ENDING = '.prompt.md';
