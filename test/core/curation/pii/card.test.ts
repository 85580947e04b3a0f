import {describe, expect, it} from 'vitest';
import {isCard, luhn} from '../../../../core/curation/pii/card.ts';
import {found} from './found.ts';

describe('payment cards', () => {
  // Test numbers that PayPal, Stripe, Adyen and Datatrans publish.
  it.each([
    '4111111111111111',
    '4012888888881881',
    '4222222222222',
    '4242424242424242',
    '4000002500003155',
    '4917300800000000',
    '5555555555554444',
    '5105105105105100',
    '2223003122003222',
    '378282246310005',
    '371449635398431',
    '30569309025904',
    '38520000023237',
    '6011111111111117',
    '6011000400000000',
    '3530111333300000',
    '3566002020360505',
    '6759649826438453',
    '5019717010103742',
    '6200000000000005',
    '6331101999990016',
    '5610591081018250',
    '122000000000003',
    '6799990100000000019',
    '４１１１１１１１１１１１１１１１',
  ])('are found: %s', (number) => {
    expect(found('card', `card ${number}, exp 12/34`)).toEqual([number]);
  });

  it.each([
    [4, 4, 4, 4],
    [4, 6, 5],
    [4, 6, 4],
    [4, 4, 4, 4, 3],
    [4, 4, 4, 4, 2],
    [4, 4, 4, 4, 1],
    [4, 4, 4, 3],
    [4, 4, 4, 2],
    [4, 4, 4, 1],
    [4, 3, 3, 3],
    [4, 5, 6],
    [6, 13],
    [8, 8],
    [6, 4, 4],
    [6, 6, 4],
  ])('are found in groups of %i, %i, …', (...sizes) => {
    const length = sizes.reduce((sum, size) => sum + size, 0);
    // Maestro's numbers have any length from 13 to 19.
    const digits = numberOf('5018', length);
    let at = 0;
    const groups = sizes.map((size) => digits.slice(at, (at += size)));
    expect(found('card', `pay ${groups.join(' ')}.`)).toEqual([groups.join(' ')]);
    // One digit on the other side of the first gap, and it is no layout.
    const moved = groups.join('').replace(digits.slice(0, sizes[0] + 1), `${digits.slice(0, sizes[0] + 1)} `);
    expect(found('card', moved)).toEqual([]);
  });

  it.each([
    '4012-8888-8888-1881',
    '4012 8888 8888 1881',
    '3714 496353 98431',
    '3714-496353-98431',
    '3056 930902 5904',
    '6304 0000 0000 0000',
    '4111.1111.1111.1111',
    '4111_1111_1111_1111',
    '4111–1111–1111–1111',
    '4111−1111−1111−1111',
    '６７９９　９９０１　００００　００００　０１９',
  ])('are found in groups: %s', (number) => {
    expect(found('card', number)).toEqual([number]);
    expect(found('card', `${number} 123 more`)).toEqual([number]);
  });

  it('are found behind the name of their kind', () => {
    expect(found('card', 'VISA4111111111111111')).toEqual(['4111111111111111']);
    expect(found('card', 'card4111-1111-1111-1111')).toEqual(['4111-1111-1111-1111']);
    expect(found('card', 'postcard4111111111111111, x4111111111111111')).toEqual([]);
  });

  it('are told apart in a row', () => {
    const row = '4012888888881881 4012-8888-8888-1881 4012 8888 8888 1881';
    expect(found('card', row)).toEqual(['4012888888881881', '4012-8888-8888-1881', '4012 8888 8888 1881']);
  });

  it.each([
    '4012-8888-8888-1882', // the check digit
    '36168002586008',
    '4012 8888-8888 1881', // two separators
    '40-12888888881881',
    '4012888888881881x',
    '4012888888881881-22',
    '1.4012888888881881',
    '1.4111.1111.1111.1111',
    '1234567890123456', // no issuer
    '0000000000000000',
    '1748503543012', // milliseconds since 1970
    '20020822151301',
    '9780596000349', // ISBN-13
    '490154203237518', // IMEIs pass Luhn
    '356938035643809',
    '1111 2222 3333 4444',
  ])('are not: %s', (text) => {
    expect(found('card', text)).toEqual([]);
  });

  it('are checked by Luhn (ISO/IEC 7812-1, its example) and by issuer', () => {
    expect(luhn('79927398713')).toBe(true);
    for (let digit = 0; digit < 10; digit++) expect(luhn(`7992739871${digit}`)).toBe(digit === 3);
    expect(isCard('79927398713')).toBe(false);
    expect(isCard('4111111111111111')).toBe(true);
  });
});

/** Wikipedia, "Payment card number": issuer identification number ranges, both ends, and the lengths in use. */
const NETWORKS: readonly (readonly [
  name: string,
  first: string,
  last: string,
  lengths: readonly number[],
])[] = [
  ['Visa', '4', '4', [13, 16, 19]],
  ['Mastercard', '51', '55', [16]],
  ['Mastercard since 2017', '2221', '2720', [16]],
  ['American Express', '34', '34', [15]],
  ['American Express', '37', '37', [15]],
  ['Diners Club', '300', '305', [14, 15, 16, 17, 18, 19]],
  ['Diners Club', '3095', '3095', [14, 15, 16, 17, 18, 19]],
  ['Diners Club', '36', '36', [14, 15, 16, 17, 18, 19]],
  ['Diners Club', '38', '39', [14, 15, 16, 17, 18, 19]],
  ['Discover', '6011', '6011', [16, 17, 18, 19]],
  ['Discover', '644', '649', [16, 17, 18, 19]],
  ['Discover', '65', '65', [16, 17, 18, 19]],
  ['JCB', '3528', '3589', [16, 17, 18, 19]],
  ['JCB of 15 digits', '1800', '1800', [15]],
  ['JCB of 15 digits', '2131', '2131', [15]],
  ['UnionPay', '62', '62', [16, 17, 18, 19]],
  ['UnionPay', '81', '81', [16, 17, 18, 19]],
  ['Maestro', '5018', '5018', [13, 14, 15, 16, 17, 18, 19]],
  ['Maestro', '5020', '5020', [13, 14, 15, 16, 17, 18, 19]],
  ['Maestro', '5038', '5038', [13, 14, 15, 16, 17, 18, 19]],
  ['Maestro', '5893', '5893', [13, 14, 15, 16, 17, 18, 19]],
  ['Maestro', '6304', '6304', [13, 14, 15, 16, 17, 18, 19]],
  ['Maestro', '67', '67', [13, 14, 15, 16, 17, 18, 19]],
  ['Switch', '4903', '4936', [16, 18, 19]],
  ['Switch', '633110', '633110', [16, 18, 19]],
  ['Solo', '6333', '6334', [16, 18, 19]],
  ['Dankort', '5019', '5019', [16]],
  ['Bankcard', '5610', '5610', [16]],
  ['Mir', '2200', '2204', [16, 17, 18, 19]],
  ['RuPay', '60', '60', [16]],
  ['RuPay', '508', '508', [16]],
  ['Verve', '506099', '506198', [16, 18, 19]],
  ['InstaPayment', '637', '639', [16]],
  ['Troy', '9792', '9792', [16]],
  ['Elo', '636368', '636368', [16]],
  ['UATP', '1', '1', [15]],
];

/** A number of this length that begins so and has a right check digit. */
function numberOf(prefix: string, length: number): string {
  const body = prefix.padEnd(length - 1, '0');
  const digit = Array.from({length: 10}, (_, d) => `${body}${d}`).find(luhn);
  return digit!;
}
const within = (prefix: string, length: number): boolean =>
  NETWORKS.some(([, first, last, lengths]) => {
    const start = Number(prefix.padEnd(6, '0').slice(0, first.length));
    return start >= Number(first) && start <= Number(last) && lengths.includes(length);
  });

describe('the lengths of an issuer’s numbers', () => {
  it.each(NETWORKS)('%s %s–%s: %j', (_, first, last) => {
    const before = String(Number(first) - 1);
    const after = String(Number(last) + 1);
    for (const prefix of [before, first, last, after].filter((one) => one.length === first.length))
      for (let length = 12; length <= 20; length++)
        expect(isCard(numberOf(prefix, length)), `${prefix}, ${length} digits`).toBe(within(prefix, length));
  });
});
