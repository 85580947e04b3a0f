import {seededRandom} from '../../core/evaluation/statistics/random.ts';

/** A text of any length: what it begins with, what is repeated, what it ends with. */
export interface Shape {
  readonly name: string;
  readonly head: string;
  readonly unit: string;
  readonly tail: string;
}

export function textOf({head, unit, tail}: Shape, length: number): string {
  const room = Math.max(0, length - head.length - tail.length);
  return head + unit.repeat(Math.ceil(room / unit.length)).slice(0, room) + tail;
}

/** What is known to be hard for something that reads texts, by what it is made of. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'combining marks': ['\u0301', '\u0301\u0316', 'a\u0301', '\u0344', '\u0316\u0301\u200d', '\u0308\ufe0f'],
  'joiners and selectors': ['\u200d', '\ufe0f', '\u{e0100}', '\u{1f3f4}\u{e0061}', '👩\u200d'],
  'scripts': ['\u1100\u1161\u11a8', '日', 'क्', 'ا', '\u202e\u2066', '\u{1f1e6}', 'İ', '\ud800'],
  'signatures and footers': [
    '--\na\n', '-- \n', '----------\n', 'x mailing list\n', 'Do You Yahoo!?\n',
    '----------\nThis sf.net email is sponsored by\n', 'This sf.net email is sponsored by\n',
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n',
  ],
  'quotes': [
    '> ', '> \n', 'a wrote:\n', 'a wrote:\n\n', 'On Monday a wrote ', 'From: a\n', 'From: a\nSent: b\nx\n',
    '-----Original Message-----\n', '---- Forwarded message ----\n\n\n', '|', '>From ',
  ],
  'subjects': ['Re: ', '(was ', ' - was ', ', was', '[a] ', 'Re[2]', '(fwd'],
  'white space': [' ', '\n', ' \n', '\t', '\r', '\u3000', 'a \n\n\n'],
  'tags': [
    '<a>', '<p>', '<ul><li>', '<ol><li>a', '<table><tr><td>', '<blockquote>', '<br>', '<b>x', '<svg><p>', '<!--', '<',
    '<a a=', '<script>', '</a>', '<p></h1>', '<pre> ', '<td><li>', '<image>',
  ],
  'entities': ['&amp;', '&', '&#1', '&lt;a&gt;', '&#x1F600;'],
  'parts': [
    '--b\n\na\n', '--b\nContent-Type: text/html\n\n<p>a\n', '--b\nContent-Type: message/rfc822\n\nSubject: a\n\na\n',
    '--b\nContent-Type: multipart/mixed; boundary=b\n\n', 'Content-Type: message/rfc822\n\n', 'boundary = ',
    '--b\nContent-Transfer-Encoding: base64\n\nQUFB\n', 'content-transfer-encoding: base64\n',
  ],
  'headers': [' b\n', 'X-A: b\n', '=?utf-8?q?=41?= ', '=?utf-8?', 'a*0=b; ', 'a@b, ', 'a: b, ', '(', '"', '\\"'],
  'encodings': ['=41=\n', 'QUFB\n', 'QUFB', '%40', '=', '%20a%40', '\\u0022'],
  'addresses': ['a@', 'a@b.co ', 'a%40', '"aaaa"@', 'a.', 'mid:', '<a@b>', 'references <a@b.cd> ', 'x@x@ '],
  'numbers': [
    '1 ', '1-', '9', '012 345 6789 ', '+49 30 123456 ', '5 (555) ', '4111 1111 1111 1111 ', 'visa4', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ', 'bc1', '123-45-6789 ',
    'DE11 ', 'DE89 3704 0044 0532 0130 00 ', '1.', '1.1.1.1 ', 'a::', '::1 ', 'a:',
  ],
  'URLs': ['://', 'a://a@a ', '?a=', '&token=x)', 'https://a.b/listinfo/c '],
  'JSON': ['{"a":', '[', '1,', '{},', '"a",', '\\"', '"\\\\'],
  'words': ['lunch ', 'Aa', '_', '!', '<EMAIL_00000000> ', '<|im_end|>', 'a-', '=*=', '-'],
}; // prettier-ignore

export function knownShapes(): Shape[] {
  return Object.entries(KNOWN).flatMap(([kind, units]) =>
    units.map((unit) => ({name: `${kind}: ${JSON.stringify(unit)}`, head: 'a', unit, tail: ''})),
  );
}

/** Shapes of a few known pieces in a row, with another one before and behind. */
export function randomShapes(count: number, seed: string): Shape[] {
  const random = seededRandom(seed);
  const pieces = Object.values(KNOWN).flat();
  const some = (most: number): string =>
    Array.from({length: random.below(most + 1)}, () => pieces[random.below(pieces.length)]!).join('');
  return Array.from({length: count}, (_, i) => {
    const [head, unit, tail] = [some(3), some(4) || 'a', some(2)];
    return {name: `${seed}/${i}: ${JSON.stringify(unit).slice(0, 60)}`, head, unit, tail};
  });
}
