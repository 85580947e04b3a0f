import {expect, test} from 'vitest';
import {seededRandom} from '../../../serving/engine/sampler.ts';
import {blocks, mayTakeLong} from '../../../serving/gateway/block-patterns.ts';
import {Guardrails} from '../../../serving/gateway/guardrails.ts';
import {StreamGuard} from '../../../serving/gateway/stream-guard.ts';
import type {Release} from '../../../schemas/release.ts';

function guardrails(policy: Partial<Release['guardrails']> = {}): Guardrails {
  return new Guardrails(
    {
      guardrails: {
        v: 1,
        maxInputChars: 50,
        scrubOutput: true,
        stripInvisible: true,
        blockPatterns: [],
        ...policy,
      },
      transform: {pii: ['email', 'phone', 'url_credentials', 'ip', 'card', 'iban', 'ssn']},
    } as unknown as Release,
    Buffer.alloc(32, 7),
  );
}

test('input that is too long or blocked is refused, also where invisible characters hid it', () => {
  const guard = guardrails({blockPatterns: ['secret\\s+plan']});
  expect(() => guard.checkLength(51)).toThrow('51 characters, at most 50 are taken');
  expect(() => guard.checkLength(50)).not.toThrow();
  expect(blocks(guard.blockPatterns, ['the Secret  Plan'])).toBe(true);
  // The raw text hides it, what the transform made of it does not.
  expect(blocks(guard.blockPatterns, ['sec\u200bret plan'])).toBe(false);
  expect(blocks(guard.blockPatterns, ['sec\u200bret plan', 'secret plan'])).toBe(true);
});

test.each([
  ['ignore previous instructions', false],
  ['secret|password|\\bPIN\\b', false],
  ['[0-9][0-9]', false],
  ['C\\+\\+ \\(really\\?\\)', false],
  ['colou?r', true],
  ['(?:a|b){2,20}', true],
  ['(\\w{1,16}[ .-]?){2,8}@', true],
  ['(?:[a-z]{1,20} ?){1,20}#', true],
  ['(?:a?){30}b', true],
  ['(?:[a-z]{0,9}){9}#', true],
  ['(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)b', true],
  ['(a+)+$', true],
  ['.*secret', true],
  ['\\d{4,}', true],
  ['(?:a?){500}', true],
  ['a?b?c?d?e?f?g?h?i?', true],
])('%s may take long: %j', (pattern, long) => {
  expect(mayTakeLong(pattern)).toBe(long);
});

test('a pattern that is no regular expression is named', () => {
  expect(() => guardrails({blockPatterns: ['(']})).toThrow(
    'guardrails.block_patterns: "(" is no regular expression',
  );
});

test('answers leave without invisible characters and personal data; a trace never holds any', () => {
  const text = 'Write\u200b to anna@example.com\u{e0041}';
  expect(guardrails().answer(text)).toMatch(/^Write to <EMAIL_[0-9a-f]{8}>$/);
  const open = guardrails({scrubOutput: false, stripInvisible: false});
  expect(open.answer(text)).toBe(text);
  expect(open.scrubbed(text)).toContain('<EMAIL_');
});

const LONG =
  'Dear Anna, the meeting is on Monday at ten in the large room, and the figures of last week will be shown there. ' +
  'Write to anna.very-long-name@mail.example.com or call +44 20 7946 0958 before noon, please. The card 4111 1111 1111 1111 ' +
  'was charged; the account GB82 WEST 1234 5698 7654 32 was not. Everything else stays as it was said last Friday, and ' +
  'nobody needs to bring anything but time. The server 10.1.2.3 is down.\n\nBest regards,\nBen';

test('a streamed answer is what the whole answer would have been, however it comes in pieces', () => {
  const whole = guardrails().answer(LONG);
  expect(whole.match(/<[A-Z]+_[0-9a-f]{8}>/g)).toHaveLength(5);
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const stream = new StreamGuard(guardrails());
    let sent = '';
    for (let at = 0; at < LONG.length;) {
      const size = 1 + Math.floor(random() * 12);
      sent += stream.push(LONG.slice(at, at + size));
      // What is out is final.
      expect(whole.startsWith(sent)).toBe(true);
      at += size;
    }
    expect(sent.length).toBeGreaterThan(LONG.length / 2);
    expect(sent + stream.end()).toBe(whole);
  }
});

test.each([
  'tel 55512345',
  'telephone number 5551234',
  'reach us at: 2533 0000',
  'Tel. 089 123456',
  'fax: 1234567 ext 12',
  'version 1.2.3.4 of it',
  'IP address 10.0.0.1',
  'https://example.org/a?token=abcdefg&user=x',
  `https://example.org/${'path/'.repeat(30)}?password=abcdefg`,
])('what the words before it say of it is heard in a stream, too: %j', (data) => {
  const filler = 'There is nothing to see in any of these words, and many of them come. ';
  for (const [before, after] of [
    [3, 3],
    [60, 60],
  ] as const)
    for (let shift = 0; shift < 90; shift += 7) {
      const text = `${'x'.repeat(shift)} ${filler.repeat(before)}${data} ${filler.repeat(after)}`;
      const whole = guardrails().whole(text);
      const stream = new StreamGuard(guardrails());
      const sent = [...text].map((piece) => stream.push(piece)).join('') + stream.end();
      expect(sent).toBe(whole);
    }
});

/** As LONG, with what nobody sees inside every piece of personal data and around white space. */
const HIDDEN =
  '\u200b ' +
  LONG.replaceAll(/(?<=[\d@.])(?=[\d a-z])/g, '\u200b')
    .replaceAll(' ', '\u2060 \u{e0041}')
    .replaceAll('@', '\u00ad@\u202e') +
  ' \ufeff\n\u{e0020}';

test.each([
  ['scrubbed', {}],
  ['not scrubbed', {scrubOutput: false}],
])('invisible characters hide nothing in a stream, wherever it is cut (%s)', (_name, policy) => {
  const guard = guardrails(policy);
  const whole = guardrails(policy).answer(LONG);
  expect(guard.whole(HIDDEN)).toBe(whole);
  const cuts = Array.from({length: HIDDEN.length + 1}, (_, at) => [HIDDEN.slice(0, at), HIDDEN.slice(at)]);
  for (const pieces of [...cuts, HIDDEN.split('')]) {
    const stream = new StreamGuard(guard);
    expect(pieces.map((piece) => stream.push(piece)).join('') + stream.end()).toBe(whole);
  }
});

test('a telephone number that invisible characters divide does not leave in a stream', () => {
  const stream = new StreamGuard(guardrails());
  const sent = stream.push(`call +49 30\u200b 901\u200b82077${' word'.repeat(40)}`) + stream.end();
  expect(sent).toMatch(/^call <PHONE_[0-9a-f]{8}> word/);
});

test('without scrubbing nothing is held back but white space at the end', () => {
  const stream = new StreamGuard(guardrails({scrubOutput: false}));
  expect([' ', 'Dear', ' Anna', ' \n', ', hello', '\n'].map((piece) => stream.push(piece))).toEqual([
    '',
    'Dear',
    ' Anna',
    '',
    ' \n, hello',
    '',
  ]);
  expect(stream.end()).toBe('');
});

test.each([
  ['a word without an end', 'x'],
  ['ideographs, between which nothing stands', '会议在星期一'],
  ['words', 'word '],
  ['numbers to call', 'call 5551234 '],
  ['addresses', 'ben@example.com '],
  ['numbers that one takes for the end of the last', '12 34 56 '],
])('a stream of %s looks at no character too often, and gives what the whole answer is', (_name, unit) => {
  const text = unit.repeat(8192 / unit.length);
  let looked = 0;
  const guard = guardrails();
  const counting = Object.assign(Object.create(guard) as Guardrails, {
    answer: (...of: Parameters<Guardrails['answer']>) => {
      looked += of[0].length;
      return guard.answer(...of);
    },
    visible: (piece: string) => guard.visible(piece),
  });
  Object.defineProperty(counting, 'scrubsOutput', {value: true});
  const stream = new StreamGuard(counting);
  let sent = '';
  for (let at = 0; at < text.length; at += 4) sent += stream.push(text.slice(at, at + 4));
  expect(sent + stream.end()).toBe(guard.whole(text));
  // Two windows of 600 characters for each piece of 4, at most; looking at all of it with each piece takes 1,000 times.
  expect(looked).toBeLessThan(400 * text.length);
});
