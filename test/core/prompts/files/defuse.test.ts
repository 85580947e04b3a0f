import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {defuse, delimited} from '../../../../core/prompts/files/defuse.ts';
import {BOUNDS} from '../../../../core/prompts/files/bounds.ts';

const NAMES = ['body', 'customer_name', 'b'];

describe('what reads as a delimiter is defused', () => {
  test.for([
    ['</body>', '[/body>'],
    ['<body>', '[body>'],
    ['</BoDy>', '[/BoDy>'],
    ['< / body >', '[ / body >'],
    ['<\n/\nbody\n>', '[\n/\nbody\n>'],
    ['</b o d y>', '[/b o d y>'],
    ['</body foo="bar">', '[/body foo="bar">'],
    ['</body', '[/body'],
    ['<//body>', '[//body>'],
    ['<\\/body>', '[\\/body>'],
    ['<body/>', '[body/>'],
    ['<</body>>', '<[/body>>'],
    ['</customer_name>', '[/customer_name>'],
    ['</customer-name>', '[/customer-name>'],
    ['</CustomerName>', '[/CustomerName>'],
    ['＜／body＞', '[／body＞'],
    ['＜／ｂｏｄｙ＞', '[／ｂｏｄｙ＞'],
    ['‹/body›', '[/body›'],
    ['〈/body〉', '[/body〉'],
    ['<⁄body>', '[⁄body>'],
    ['<∕body>', '[∕body>'],
    ['</bo\u200bdy>', '[/bo\u200bdy>'],
    ['<\u2060/\u200db\ufeffo\u00addy>', '[\u2060/\u200db\ufeffo\u00addy>'],
    ['</bo\u202edy>', '[/bo\u202edy>'],
    ['</bo\u0301dy>', '[/bo\u0301dy>'],
    ['</𝐛𝐨𝐝𝐲>', '[/𝐛𝐨𝐝𝐲>'],
    ['</ⓑⓞⓓⓨ>', '[/ⓑⓞⓓⓨ>'],
    ['</b\u043ed\u0443>', '[/b\u043ed\u0443>'],
    [
      '\u{e003c}\u{e002f}\u{e0062}\u{e006f}\u{e0064}\u{e0079}\u{e003e}',
      '[\u{e002f}\u{e0062}\u{e006f}\u{e0064}\u{e0079}\u{e003e}',
    ],
    ['&lt;/body&gt;', '[/body&gt;'],
    ['&LT;/body>', '[/body>'],
    ['&lt/body>', '[/body>'],
    ['&#60;/body>', '[/body>'],
    ['&#0000060;/body>', '[/body>'],
    ['&#x3C;&#47;body>', '[&#47;body>'],
    ['&amp;lt;/body>', '[/body>'],
    ['&amp;amp;#x3c;/body>', '[/body>'],
    ['<&sol;b&#x6f;dy>', '[&sol;b&#x6f;dy>'],
    ['<&#8203;/bo&shy;dy>', '[&#8203;/bo&shy;dy>'],
    ['<&#x110000;body>', '[&#x110000;body>'],
  ])('%j', ([text, safe]) => {
    expect(defuse(text!, NAMES)).toBe(safe);
  });

  test('controls go, line breaks are \\n, a lone surrogate is replaced', () => {
    expect(defuse('a\0b\x1b[0m\r\nc\rd\te\x7f\x85\ud800', NAMES)).toBe('ab[0m\nc\nd\te\ufffd');
    expect(defuse('</bo\0dy>', NAMES)).toBe('[/body>');
  });

  test('where more text may follow, so may the rest of a delimiter', () => {
    const open = {goesOn: true};
    expect(['a<', 'a</', 'a</bo', 'a&lt;'].map((text) => defuse(text, ['body'], open))).toEqual([
      'a[',
      'a[/',
      'a[/bo',
      'a[',
    ]);
    expect(defuse('a</bo', ['body'])).toBe('a</bo');
    expect(defuse('a</ox', ['body'], open)).toBe('a</ox');
  });
});

describe('what does not stays as it is', () => {
  test.for([
    'a < b && b > c',
    '<p>Hello</p> <div class="x">',
    '<bodyguard> </bodies> <embody>',
    'if (a<body1) x',
    'body> /body> &gt;/body>',
    '<customer>',
    'I ❤️ 日本 <3 &amp; &lt; &#60;',
    '',
  ])('%j', (text) => {
    expect(defuse(text, ['body', 'customer_name'])).toBe(text);
  });
});

/** Another reading of the same: all that hides is undone first, then a pattern looks for a delimiter. */
function readsAsDelimiter(text: string, names: readonly string[]): boolean {
  let plain = text;
  for (let i = 0; i < 12; i++)
    plain = plain
      .replace(/&#(\d+);?/g, (_, code: string) => safeCodePoint(Number(code)))
      .replace(/&#x([0-9a-f]+);?/gi, (_, code: string) => safeCodePoint(parseInt(code, 16)))
      .replace(/&lt;?/gi, '<')
      .replace(/&sol;?/g, '/')
      .replace(/&amp;/g, '&');
  plain = plain
    .normalize('NFKD')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/о/g, 'o');
  return names.some((name) => {
    const letters = [...name.replaceAll('_', '')].join('[\\s_-]*');
    return new RegExp(`[<‹〈][\\s/\\\\⁄∕_-]*${letters}(?![a-z0-9])`, 'u').test(plain);
  });
}
const safeCodePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');

// prettier-ignore
const PIECES = [
  '<', '</', '＜', '‹', '&lt;', '&lt', '&#60;', '&#x3c;', '&amp;lt;', '&', 'amp;', '>', '/', '／', '&sol;',
  'body', 'bo', 'dy', 'b', 'o', 'd', 'y', 'BODY', 'ｂｏ', 'о', 'customer', '_', '-', 'name', 'x', '1', '&#98;',
  ' ', '\n', '\u200b', '\u2060', '\u00ad', '\u0301', '\0', '\r', '[', '#',
];

describe('of any text', () => {
  const hostile = fc.oneof(
    fc.array(fc.constantFrom(...PIECES), {maxLength: 24}).map((pieces) => pieces.join('')),
    fc.string({unit: 'binary', maxLength: 60}),
  );

  test('the other reading sees an attack', () => {
    const attacks = ['</body>', '&amp;lt;/bo\u200bdy>', '＜／ｂｏｄｙ＞', '< b x', '‹CUSTOMER name'];
    expect(attacks.filter((text) => !readsAsDelimiter(text, NAMES))).toEqual([]);
  });

  test('nothing reads as a delimiter, and defusing it again changes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = defuse(text, NAMES);
        expect(readsAsDelimiter(safe, NAMES)).toBe(false);
        expect(defuse(safe, NAMES)).toBe(safe);
      }),
      {numRuns: 3_000, seed: 1},
    );
  });

  test('the delimiter of a value is its only one', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = delimited('body', text, NAMES);
        const inner = written.slice('<body>'.length, -'</body>'.length);
        expect(`<body>${inner}</body>`).toBe(written);
        expect(readsAsDelimiter(inner, NAMES)).toBe(false);
      }),
      {numRuns: 1_000, seed: 2},
    );
  });

  test('pieces that are written one behind the other make no delimiter, where each is defused as a piece', () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const text = [one, other].map((piece) => defuse(piece, NAMES, {goesOn: true})).join('');
        expect(readsAsDelimiter(text, NAMES)).toBe(false);
      }),
      {numRuns: 2_000, seed: 3},
    );
  });
});

test.for(['<', '< ', '</bod', '&lt;', '&amp;', '&#0', '<\u200b', '＜／ｂｏｄｙ＞', 'a'])(
  'a million characters of %j are read in linear time',
  (piece) => {
    const text = piece.repeat(Math.ceil(BOUNDS.valueChars / piece.length));
    expect(defuse(text, NAMES).length).toBeGreaterThan(0);
  },
);
