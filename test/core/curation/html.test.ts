import {describe, expect, it} from 'vitest';
import {htmlToPlain} from '../../../core/curation/html.ts';

describe('HTML as its reader sees it', () => {
  it.each([
    [
      '<table><tr><td>Price</td><td>$5</td></tr><tr><td>Call</td><td>now</td></tr></table>',
      'Price $5\nCall now',
    ],
    ['<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1<td>2</table>', 'A B\n1 2'],
    [
      '<p>Before</p><table><tr><td><p>One</p><p>Two</p></td><td>3</td></tr></table>after',
      'Before\n\nOne\n\nTwo\n\n3\n\nafter',
    ],
    [
      '<table><tr><td><table><tr><td>in</td><td>ner</td></tr></table></td><td>outer</td></tr></table>',
      'in ner\n\nouter',
    ],
    ['<title>Not text</title><p>Text</p>', 'Text'],
    ['<html><head><title>Not text</title></head><body>Text</body></html>', 'Text'],
    ['<td>alone</td>', 'alone'],
  ])('%s', (html, text) => {
    expect(htmlToPlain(html)!.replace(/ +$/gm, '')).toBe(text);
  });

  it('is not read where finding each tag’s element takes the square of its length', () => {
    expect(htmlToPlain('<a>'.repeat(33_000) + '</b>'.repeat(25_000))).toBeNull();
    expect(htmlToPlain('<ul><li>'.repeat(25_000))).toBeNull();
    // Long pages whose tags are never closed are common, and so are nested tables.
    expect(htmlToPlain('<p>A paragraph of some words.'.repeat(6000))).toMatch(
      /^A paragraph of some words\.\n/,
    );
    expect(htmlToPlain('<br>'.repeat(49_000) + 'end')!.trim()).toBe('end');
    expect(htmlToPlain(`${'<table><tr><td>'.repeat(20)}deep${'</td></tr></table>'.repeat(20)}`)!.trim()).toBe(
      'deep',
    );
  });
});
