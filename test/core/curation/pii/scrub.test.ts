import {createHmac} from 'node:crypto';
import {describe, expect, it, vi} from 'vitest';
import {ENTITIES} from '../../../../schemas/names.ts';
import {RECOGNISERS} from '../../../../core/curation/pii/recognisers.ts';
import {entitiesInIds} from '../../../../core/curation/pii/scrub-id.ts';
import {PSEUDONYM, pseudonym, scrub} from '../../../../core/curation/pii/scrub.ts';

const key = Buffer.alloc(32, 7);
const all = {entities: ENTITIES, key};
const clean = (text: string): string => scrub(text, all).text;

it('ids are searched for what no plain id looks like', () => {
  expect(entitiesInIds(ENTITIES)).toEqual(['email', 'iban', 'crypto_address', 'card', 'ssn']);
  expect(entitiesInIds(['phone', 'card'])).toEqual(['card']);
});

describe('scrubbing', () => {
  it('leaves a typed pseudonym of the value, keyed', () => {
    const mac = createHmac('sha256', key).update('pii\0email\0ann@example.com').digest('hex');
    expect(scrub('Dear Ann@Example.com, hello', all)).toEqual({
      text: `Dear <EMAIL_${mac.slice(0, 8)}>, hello`,
      counts: {email: 1},
    });
    expect(pseudonym('email', 'ann@example.com', Buffer.alloc(32, 8))).not.toBe(`<EMAIL_${mac.slice(0, 8)}>`);
  });

  it.each([
    ['email', 'ann@example.com', 'ANN@example.COM'],
    ['phone', '+1 (415) 555-0132', '415-555-0132'],
    ['card', '4012-8888-8888-1881', '4012888888881881'],
    ['iban', 'DE89 3704 0044 0532 0130 00', 'de89370400440532013000'],
    ['ssn', '078-05-1123', '078 05 1123'],
    ['email', 'joe＠example．com', 'joe%40example.com'],
    ['phone', '+１ ４１５ ５５５ ０１３２', '415–555–0132'],
    ['card', '４１１１１１１１１１１１１１１１', '4111_1111_1111_1111'],
    ['ip', '2001:db8:0:0:0:0:0:1', '2001:DB8::1'],
  ] as const)('gives %s one pseudonym however it is written', (entity, one, other) => {
    expect(clean(one)).toMatch(new RegExp(`^<${entity.toUpperCase()}_[0-9a-f]{8}>$`));
    expect(clean(other)).toBe(clean(one));
  });

  it('replaces only what it is asked for', () => {
    const text = 'ann@example.com 192.168.0.1';
    expect(scrub(text, {entities: ['ip'], key})).toMatchObject({counts: {ip: 1}});
    expect(scrub(text, {entities: [], key})).toEqual({text, counts: {}});
  });

  it('takes credentials out before it looks for addresses', () => {
    const text = clean('ftp://ann:pw@host.example.com/ ann@host.example.com');
    expect(text).toMatch(/^ftp:\/\/<URL_CREDENTIALS_[0-9a-f]{8}>@host\.example\.com\/ <EMAIL_[0-9a-f]{8}>$/);
  });

  it('takes nothing out of what another entity took, also where a third is found between', () => {
    const {text, counts} = scrub('ftp://10.0.0.1:pw@host.example.com/ ann@host.example.com', all);
    expect(text).toMatch(/^ftp:\/\/<URL_CREDENTIALS_[0-9a-f]{8}>@host\.example\.com\/ <EMAIL_[0-9a-f]{8}>$/);
    expect(counts).toEqual({url_credentials: 1, email: 1});
  });

  it('takes out what touches a pseudonym on either side', () => {
    expect(clean('<EMAIL_12345678>+14155550132')).toMatch(/^<EMAIL_12345678><PHONE_[0-9a-f]{8}>$/);
    expect(clean('+14155550132<EMAIL_12345678>')).toMatch(/^<PHONE_[0-9a-f]{8}><EMAIL_12345678>$/);
  });

  it('counts every piece', () => {
    const text =
      'a@b.de, a@b.de, 10.0.0.1, 4111111111111111, DE89370400440532013000, 078-05-1123, +14155550132';
    expect(scrub(text, all).counts).toEqual({email: 2, ip: 1, card: 1, iban: 1, ssn: 1, phone: 1});
  });

  it('changes nothing in what was scrubbed', () => {
    const pieces = [
      'ann@example.com',
      '+1 (415) 555-0132',
      '415-555-0132 x12',
      '192.168.0.1',
      '2001:db8::1',
      '::1',
      '4012 8888 8888 1881',
      'DE89 3704 0044 0532 0130 00',
      '078-05-1123',
      'http://a:b@c.de/?token=x&key=y',
      'Message-ID: ',
      '<',
      '>',
      '-',
      ' ',
      '.',
      '@',
      ':',
      '/',
      '\n',
      '1',
      '12',
      'tel ',
      'x',
      '(',
      ')',
      '+',
      'order ',
      '<EMAIL_',
      '_12345678>',
      '<PHONE_12345678>',
      '00',
      '=',
      '&',
      '#',
    ];
    let state = 1;
    const next = (n: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let i = 0; i < 3000; i++) {
      const text = Array.from({length: 1 + next(12)}, () => pieces[next(pieces.length)]).join('');
      const once = clean(text);
      expect(clean(once), JSON.stringify(text)).toBe(once);
    }
  });

  it('searches a text without personal data once, and one with some until nothing is left', () => {
    using find = vi.spyOn(RECOGNISERS.email, 'find');
    clean('nobody @ home');
    expect(find).toHaveBeenCalledTimes(1);
    clean('ann@example.com and nobody @ home');
    expect(find).toHaveBeenCalledTimes(3);
  });

  it('leaves what looks like a pseudonym, and knows its own', () => {
    const text = 'to <EMAIL_12345678> or <PHONE_12345678>, not <EMAIL_1234567> <NAME_12345678>';
    expect(clean(text)).toBe(text);
    expect(text.match(PSEUDONYM)).toEqual(['<EMAIL_12345678>', '<PHONE_12345678>']);
  });

  // A look around a place that is not bounded, or a pattern that goes back over what it read, takes minutes for these;
  // a linear one about a second. The bound is wide enough for any busy machine.
  const SECONDS = 10;
  it.each(
    [
      'a',
      '1',
      '@',
      'a@',
      'a@a.',
      '.',
      '1.',
      '1 ',
      '1-',
      '(',
      '+1',
      '00 ',
      ':',
      '::',
      '1:',
      '::1 ',
      'a:',
      '://',
      'http://a@',
      '?a=',
      '?token=',
      '&amp;',
      '<',
      '<EMAIL_',
      '<EMAIL_00000000>',
      'DE89 3704 ',
      'AL47',
      '078-05-',
      '4012 8888 8888 ',
      'Message-ID: ',
      'references: <',
      '<a@b.c> ',
      'tel ',
      'call 555-',
      'ext 1',
      '0123 456789 ',
      '0:0:0:0:0:0:1.1.1.',
      '(2) ',
      '8 (912) ',
      '1.1.1.1.',
      'x@'.repeat(5) + ' ',
      '日',
      '\ud83d',
      '"a"@',
      '%40',
      'a%40a.',
      '１',
      '–1',
      '415-555-2671x',
      '#415-',
      'IBANDE89',
      'visa4111',
    ].map((piece) => [piece]),
  )('takes linear time for 200,000 characters of %j', (piece) => {
    const text = piece.repeat(Math.ceil(200_000 / piece.length));
    const before = process.cpuUsage();
    scrub(text, all);
    const {user, system} = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(SECONDS);
  });
});
