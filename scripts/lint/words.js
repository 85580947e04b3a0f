// @ts-check
import {WORDS} from './word-list.js';

/** A text that a person reads has a space between two words. */
const PROSE = /[\p{L}\p{N}] \p{L}/u;

/**
 * Strings that may reach a user use none of the words in word-list.js.
 * @type {import('eslint').Rule.RuleModule}
 */
export default {
  meta: {type: 'suggestion', schema: [], messages: {word: '"{{found}}" in a message: {{instead}}'}},
  create(context) {
    /** @param {import('estree').Node} node @param {string} text */
    const check = (node, text) => {
      if (!PROSE.test(text)) return;
      for (const {word, instead} of WORDS) {
        const found = word.exec(text)?.[0];
        if (found !== undefined) context.report({node, messageId: 'word', data: {found, instead}});
      }
    };
    return {
      Literal: (node) => {
        if (typeof node.value === 'string') check(node, node.value);
      },
      TemplateElement: (node) => check(node, node.value.cooked ?? ''),
    };
  },
};
