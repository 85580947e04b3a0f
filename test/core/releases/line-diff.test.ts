import {describe, expect, test} from 'vitest';
import {lineDiff} from '../../../core/releases/line-diff.ts';

describe('the lines in which two texts differ', () => {
  test.for<[string, string, string[]]>([
    ['a\nb\nc\nd\ne\nf\ng', 'a\nb\nc\nD\ne\nf\ng', ['…', ' c', '-d', '+D', ' e', '…']],
    ['a\nb\nc\nd\ne\nf\ng', 'A\nb\nc\nd\ne\nf\nG', ['-a', '+A', ' b', '…', ' f', '-g', '+G']],
    ['a', 'a\nb', [' a', '+b']],
    ['a\nb', 'b', ['-a', ' b']],
    ['', 'new', ['+new']],
    ['old', '', ['-old']],
    ['a\r\n', 'a\n', ['-a\r', '+a']],
    ['same', 'same', []],
  ])('%j to %j', ([before, after, lines]) => {
    expect(lineDiff(before, after, {context: 1}).map(({sign, text}) => sign + text)).toEqual(lines);
  });

  test('three lines around each, where nothing else is asked for', () => {
    const text = (middle: string) => ['1', '2', '3', '4', middle, '6', '7', '8', '9'].join('\n');
    expect(lineDiff(text('5'), text('five')).map(({sign, text}) => sign + text)).toEqual([
      '…',
      ' 2',
      ' 3',
      ' 4',
      '-5',
      '+five',
      ' 6',
      ' 7',
      ' 8',
      '…',
    ]);
  });

  test('a line break at the end is said in words, since no line shows it', () => {
    expect(lineDiff('a\n', 'a').map(({sign, text}) => `${sign} ${text}`)).toEqual([
      '- (the last line ends with a line break)',
      '+ (the last line ends without a line break)',
    ]);
  });

  test('a million differences are shown whole, not searched for', () => {
    const text = (letter: string) => Array.from({length: 20_000}, (_, i) => `${letter}${i}`).join('\n');
    const lines = lineDiff(text('x'), text('y'));
    expect(lines).toHaveLength(40_000);
    expect(lines[0]).toEqual({sign: '-', text: 'x0'});
    expect(lines.at(-1)).toEqual({sign: '+', text: 'y19999'});
  });
});
