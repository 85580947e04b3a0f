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
    expect(htmlToPlain(html).replace(/ +$/gm, '')).toBe(text);
  });
});
