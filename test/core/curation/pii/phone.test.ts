import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {getCountries, getExampleNumber, type Examples} from 'libphonenumber-js/max';
import {describe, expect, it} from 'vitest';
import {phone} from '../../../../core/curation/pii/phone.ts';
import {found} from './found.ts';

const examples = JSON.parse(
  await readFile(path.resolve('node_modules/libphonenumber-js/examples.mobile.json'), 'utf8'),
) as Examples;

describe('telephone numbers', () => {
  it('of every country are found in international form', () => {
    // libphonenumber's example numbers: E.164, ITU-T E.123, and the latter with dashes
    const countries = getCountries();
    expect(countries.length).toBeGreaterThan(240);
    for (const country of countries) {
      const number = getExampleNumber(country, examples);
      if (!number) continue;
      const international = number.formatInternational();
      for (const form of [number.number, international, international.replaceAll(' ', '-')])
        expect(found('phone', `My number is ${form}, thanks`), `${country} ${form}`).toEqual([form]);
    }
  });

  it('of every country are found in national form behind a word that announces them', () => {
    for (const country of getCountries()) {
      const number = getExampleNumber(country, examples);
      const form = number?.formatNational() ?? '';
      if (form.replace(/\D/g, '').length < 7) continue;
      expect(found('phone', `Tel: ${form}\n`).join(' ').replace(/\D/g, ''), `${country} ${form}`).toBe(
        form.replace(/\D/g, ''),
      );
    }
  });

  it.each([
    // North America, as the NANP and fiction write them
    '(415) 555-0132',
    '+1 415 555 0132',
    '+1 (555) 123-4567',
    '+1.415.555.2671',
    '+14155552671',
    '1-800-555-1212',
    '1 (800) 555-1212',
    '1.800.555.1212',
    '800-555-1212',
    '(800)555-1212',
    '800.555.1212',
    '555-123-4567',
    '425 882 9090',
    '415-6667777',
    // extensions
    '555-123-4567 x890',
    '(212) 555-1234 ext. 56',
    '212-555-1234 extension 7',
    '+1 212 555 1234 #42',
    '415-555-2671x123',
    '(650)253-0000x123',
    '001-541-754-3010x123',
    '650.253.0000x123',
    '+1-650-253-0000x123',
    '+1-650-253-0000ext123',
    // Britain, Ireland, Germany, France, Italy, Israel, Japan, Brazil, Australia, Russia
    '+44 20 7946 0958',
    '+44 (0)20 7946 0958',
    '+ 44 20 7946 0958',
    '020 7946 0958',
    '(020) 7946 0958',
    '07700 900123',
    '+353 1 679 1234',
    '(01) 679 1234',
    '+49 30 123456',
    '+49 (0) 30 123456',
    '030 12345678',
    '+33 1 42 68 53 00',
    '01 42 68 53 00',
    '01.42.68.53.00',
    '+39 06 1234 5678',
    '09-7625400',
    '+972-9-762-5400',
    '03-1234-5678',
    '090-1234-5678',
    '+55 11 98456-5666',
    '(11) 96123-4567',
    '(02) 9374 4000',
    '8 (912) 345-67-89',
    '+919876543210',
    // international prefixes that are dialled
    '0049 30 12345678',
    '011 44 20 7946 0958',
    '00442079460958',
    '00 33 1 23 45 67 89',
    // dashes and full-width forms
    '415‐555‑2671',
    '+1 415–555–2671',
    '415−555−2671',
    '+１ ２０２ ４５６ １１１１',
  ])('are found: %s', (number) => {
    expect(found('phone', `So ${number} it is`)).toEqual([number]);
    expect(found('phone', number)).toEqual([number]);
    expect(found('phone', `(${number})`).join('')).toContain(number.replace(/^\(|\)$/g, '').slice(1, -1));
  });

  it.each([
    ['Phone: 4258829090', '4258829090'],
    ['call 555-1234 now', '555-1234'],
    ['#415-555-2671', '415-555-2671'],
    ['cell#415-555-2671', '415-555-2671'],
    ['Tel. 353-1-6791234', '353-1-6791234'],
    ['fax 01295 256876', '01295 256876'],
    ['tel:+1-201-555-0123', '+1-201-555-0123'],
    ['WhatsApp 98765 43210', '98765 43210'],
    ['Handy: 0171 1234567', '0171 1234567'],
  ])('are found behind a word that announces them: %s', (text, number) => {
    expect(found('phone', text)).toEqual([number]);
  });

  it('are told apart where several stand in a row', () => {
    expect(found('phone', '+1 415 555 0132 +1 415 555 0133')).toHaveLength(2);
    expect(found('phone', '(415) 555-0132 / (415) 555-0133')).toEqual(['(415) 555-0132', '(415) 555-0133']);
    expect(found('phone', '800-555-1212, 800-555-1213')).toEqual(['800-555-1212', '800-555-1213']);
  });

  it.each([
    // dates and times, as libphonenumber's matcher has them among the impossible cases
    '2002-08-22',
    '22.08.2002',
    '08/22/2002',
    '8/22/02',
    '3/10/1984',
    '2012-01-02 08:00',
    '20120102 08:00',
    'GMT+0100',
    'UTC-08:00',
    // books and articles
    'ISBN 0-596-00034-1',
    'ISBN 978-0-596-00034-9',
    '0-596-00034-1',
    '978-3-16-148410-0',
    'EAN 4006381333931',
    // orders, invoices, bugs
    'order #1234567890',
    'order #415-555-2671',
    '#1234567890',
    '&#1234567890;',
    '1234567x890',
    '0020020822151301',
    'Order number 4155550132',
    'invoice 20020822-1234',
    'bug 1234567',
    'account 4155550132',
    'tracking 415-555-0132',
    // versions, sizes, sums, sequences
    'version 1.2.3.4567',
    'MSHTML 6.00.2716.2200',
    '1024x768',
    '210x297',
    '100,000,000',
    '10 000 000 000',
    '3.14159265358979',
    '1 2 3 4 5 6 7 8',
    '12.1 - 23.71 - 23.45',
    '12 7/8 - 14 12/34 - 5',
    '2002 2003 2004 2005',
    '100-200-3000',
    // libphonenumber: too short, too long, not separators
    '12345',
    '23456789',
    '234567890112',
    '650+253+1234',
    // identifiers
    'Message-Id: <20020822151301.694632EE5A@smtp.example.com>',
    '00:1A:2B:3C:4D:5E',
    '90210-1234',
    '0x12345678',
    'id=4155550132',
    'http://example.com/4155550132.html',
    'RFC 2822',
    '078-05-1123',
    '4155550132',
  ])('are not: %s', (text) => {
    expect(found('phone', `So ${text} it is`)).toEqual([]);
  });

  it('of one switchboard differ by their extension, and are one and the same however that is written', () => {
    const values = (text: string): string[] => phone.find(text).map(({value}) => value);
    expect(values('Call 650-253-0000 x12 or 650-253-0000 x13, or 650-253-0000')).toEqual([
      '+16502530000;ext=12',
      '+16502530000;ext=13',
      '+16502530000',
    ]);
    expect(values('650-253-0000 ext. 12')).toEqual(values('(650) 253-0000, extension 12'));
  });

  it.each([
    'Call before 2002-08-22',
    'call 22.08.2002',
    'call 08/22/2002',
    'call 31/12/1999',
    'call 12-31-1999',
    'call 1-1-1999',
    'call 1999-1-1',
    'call us 2012-01-02 08:00',
    'call 22.08.02 1000',
  ])('are no dates, also behind a word that announces a number: %s', (text) => {
    expect(found('phone', text)).toEqual([]);
  });

  it.each([
    // A day from 1 to 31, a year of this century or the last.
    ['call 0-10-2010', '0-10-2010'],
    ['call 32-10-2010', '32-10-2010'],
    ['call 10-32-2010', '10-32-2010'],
    ['call 1902-08-32', '1902-08-32'],
    ['call 1902-32-08', '1902-32-08'],
    ['call 1902-08-003', '1902-08-003'],
    ['call 2100-10-10', '2100-10-10'],
    ['call 10-10-1899', '10-10-1899'],
    ['call 20-08.2002', '20-08.2002'],
  ])('are what only looks like a date: %s', (text, number) => {
    expect(found('phone', text)).toEqual([number]);
  });

  it.each([
    // Up to three signs between two groups.
    ['call 415 - 5550132', ['415 - 5550132']],
    ['call 415 -- 5550132', []],
    // Seven digits at least, fifteen at most (E.164), and as many more as stand before them: 00 or 011.
    ['call 123456', []],
    ['call 1234567', ['1234567']],
    ['call 123456789012345', ['123456789012345']],
    ['call 1234567890123456', []],
    ['+49 3012 345678901', ['+49 3012 345678901']],
    ['+49 3012 3456789012', []],
    ['00 49 3012 345678901', ['00 49 3012 345678901']],
    ['011 49 3012 345678901', ['011 49 3012 345678901']],
    ['011 49 3012 3456789012', []],
    ['12 (12345) 12345-12345', ['12 (12345) 12345-12345']],
    ['123 (12345) 12345-12345', ['(12345) 12345-12345']],
  ])('have as many digits and signs as a number can: %s', (text, expected) => {
    expect(found('phone', text)).toEqual(expected);
  });

  describe('that only their plan can tell', () => {
    /** No area of North America. */
    const NONE = '555 123 4567';

    it('count beyond 500 look-ups of a text, since they may be numbers', () => {
      const text = (numbers: number) => `${NONE}; `.repeat(numbers);
      expect(found('phone', text(500))).toEqual([]);
      expect(found('phone', text(502))).toEqual([NONE, NONE]);
    });

    it('are looked up once for all texts that are read together, and count once their look-ups are spent', () => {
      const together = {left: 2, known: new Map()};
      const values = (text: string): string[] => phone.find(text, together).map(({value}) => value);
      expect(values(NONE)).toEqual([]);
      expect(values(`${NONE}; 212 123 4567; ${NONE}`)).toEqual([]);
      expect(together.left).toBe(0);
      expect(values('311 123 4567')).toEqual(['+13111234567']);
      expect(values(`${NONE}; 212 123 4567`)).toEqual([]);
    });
  });

  it.each([
    // One number, however it is written: the prefix of North America, those of other countries where their plan knows it.
    ['call 4155550132', '+14155550132'],
    ['call 14155550132', '+14155550132'],
    ['call 415555 0132', '+14155550132'],
    ['call 415 5550132', '+14155550132'],
    ['call 555 123 4567', '+15551234567'],
    ['(555) 123-4567', '+15551234567'],
    ['555.123.4567', '+15551234567'],
    ['+1 555 123 4567', '+15551234567'],
    ['+44 (0)20 7946 0958', '+442079460958'],
    ['020 7946 0958', '+442079460958'],
    ['call 020 7946 0958', '02079460958'],
  ])('are the same number: %s', (text, value) => {
    expect(phone.find(text).map((finding) => finding.value)).toEqual([value]);
  });

  it('among groups of digits are looked for twelve times, so that long lists cost little', () => {
    expect(found('phone', '9 030 90182077 1 2 3 4')).toEqual(['030 90182077']);
    expect(found('phone', '9 030 90182077 1 2 3 4 5')).toEqual([]);
  });
});
