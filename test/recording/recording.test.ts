import {parseDocument} from 'htmlparser2';
import {describe, expect, test} from 'vitest';
import {castText, parseCast, within, withoutWaits} from '../../scripts/recording/cast.ts';
import {Screen} from '../../scripts/recording/screen.ts';
import {castSvg} from '../../scripts/recording/svg.ts';

/** What a terminal of 10 × 3 shows. */
function shown(bytes: string): string[] {
  const screen = new Screen({columns: 10, rows: 3});
  screen.write(bytes);
  return screen.lines().map((line) => line.map(({text}) => text).join(''));
}

describe('a screen', () => {
  test.each<[string, string, string[]]>([
    ['lines', 'one\r\ntwo', ['one', 'two', '']],
    ['a line that is overwritten', 'one\rtw', ['twe', '', '']],
    ['a long line goes on below', '0123456789ab', ['0123456789', 'ab', '']],
    ['it scrolls', 'a\r\nb\r\nc\r\nd', ['b', 'c', 'd']],
    ['what is drawn anew in place', 'a\r\nold line\r\n\x1b[2K\x1b[1A\x1b[2K\x1b[Gnew', ['a', 'new', '']],
    ['erased to the end of a line', 'abcdef\x1b[3G\x1b[K', ['ab', '', '']],
    ['erased below', 'a\r\nb\r\nc\x1b[1;1H\x1b[J', ['', '', '']],
    ['moves', 'a\x1b[2Cb\x1b[1Bc', ['a  b', '    c', '']],
    ['tabs and backspaces', 'a\tb\bc', ['a       c', '', '']],
    ['what has no picture', '\x1b[?25l\x1b]0;title\x07a\x1b[?25h', ['a', '', '']],
  ])('%s', (_what, bytes, lines) => {
    expect(shown(bytes)).toEqual(lines);
  });

  test('keeps colours and weight', () => {
    const screen = new Screen({columns: 10, rows: 1});
    screen.write('\x1b[1;32mok\x1b[0m \x1b[90mx');
    const [ok, , , grey] = screen.lines()[0]!;
    expect(ok).toEqual({text: 'o', colour: 2, bold: true});
    expect(grey).toEqual({text: 'x', colour: 8, bold: false});
  });
});

const CAST = {
  width: 20,
  height: 2,
  events: [
    [0, '$ run\r\n'],
    [90, '\x1b[32m1 < 2\x1b[0m'],
    [91, '!'],
  ] as const,
};

test('a recording is read as it was written, and waits are cut', () => {
  expect(parseCast(castText(CAST))).toEqual(CAST);
  expect(withoutWaits(CAST, 0.5).events.map(([at]) => at)).toEqual([0, 0.5, 1]);
  expect(within(CAST, 10).events.at(-1)![0]).toBeGreaterThan(9);
  expect(within(CAST, 10).events.at(-1)![0]).toBeLessThanOrEqual(10);
  expect(() => parseCast('{"version": 3}')).toThrow('expected an asciicast of version 2, got 3');
});

test('is drawn as an SVG that plays by itself, each distinct line once', () => {
  const svg = castSvg(withoutWaits(CAST, 0.5), {rate: 4, rest: 2, title: 'run & see'});
  const document = parseDocument(svg, {xmlMode: true});
  expect(document.children).toHaveLength(2);
  expect(svg.match(/>\$ run</g)).toHaveLength(1);
  expect(svg).toContain('<tspan class="c2">1 &lt; 2</tspan>!');
  expect(svg).toContain('<title>run &amp; see</title>');
  expect(svg).toContain('@keyframes k2{0%,33.33%{visibility:hidden}33.33%,100.00%{visibility:visible}');
  expect(svg).not.toMatch(/<script|href="http/);
});
