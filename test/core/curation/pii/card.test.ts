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
