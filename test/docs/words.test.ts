import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {RuleTester} from 'eslint';
import {describe, expect, test} from 'vitest';
import {WORDS} from '../../scripts/lint/word-list.js';
import words from '../../scripts/lint/words.js';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'trainer/README.md',
  ...readdirSync(path.join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`),
  ...readdirSync(path.join(ROOT, 'docs'), {recursive: true, encoding: 'utf8'})
    // Docstrings, which are for those who read the code, are quoted there.
    .filter((name) => name.endsWith('.md') && !name.startsWith('reference'))
    .map((name) => `docs/${name}`),
];

/** The prose of a page: no code, which quotes what others print. */
function prose(markdown: string): string {
  return markdown.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, '').replace(/`[^`\n]*`/g, '');
}

describe('the word list', () => {
  test.each(pages)('%s has none of them', (page) => {
    const text = prose(readFileSync(path.join(ROOT, page), 'utf8'));
    const found = text.split('\n').flatMap((line) =>
      WORDS.flatMap(({word, instead}) => {
        const hit = word.exec(line);
        return hit === null
          ? []
          : [`"${hit[0]}" (${instead}): …${line.slice(Math.max(0, hit.index - 40), hit.index + 60)}…`];
      }),
    );
    expect(found).toEqual([]);
  });

  test('messages are linted by it', () => {
    new RuleTester({languageOptions: {ecmaVersion: 2024, sourceType: 'module'}}).run('words', words, {
      valid: [
        'throw new Error("fix the source, then run again")',
        'const key = "anew"',
        'say(`reused from cache: ${stages}`)',
      ],
      invalid: [
        {code: 'throw new Error("mend the source")', errors: [{messageId: 'word'}]},
        {
          code: 'say(`${name}: sign it anew, whoever asks`)',
          errors: [{messageId: 'word'}, {messageId: 'word'}],
        },
      ],
    });
  });
});
