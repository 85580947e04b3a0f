import {random} from '../curation/mails.ts';

const GOOD = 'great love perfect excellent happy sturdy recommend wonderful best quick smooth bright'.split(
  ' ',
);
const BAD = 'broken terrible refund awful slow cracked noisy disappointed worst late leaking useless'.split(
  ' ',
);
const PRODUCTS = {kettle: ['water', 'boil'], lamp: ['bulb', 'shade'], backpack: ['strap', 'zip']};
const FILL = 'the it was and with my for after this week but then again really box shop order day'.split(' ');

/** Reviews of products in threads of five: only the words say which are good. */
export function reviews(n: number) {
  const next = random(4);
  const one = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!;
  return Array.from({length: n}, (_, i) => {
    const thread = Math.floor(i / 5);
    const good = thread % 2 === 0;
    const product = one(Object.keys(PRODUCTS) as (keyof typeof PRODUCTS)[]);
    const words = [
      one(good ? GOOD : BAD),
      one(good ? GOOD : BAD),
      one(PRODUCTS[product]),
      ...Array.from({length: 5}, () => one(FILL)),
      `about${thread}`,
      `thing${thread}`,
      `w${i}`,
    ];
    return {
      id: `R${i}`,
      thread: `T-${thread}`,
      type: one(['web', 'shop']),
      country: one(['DE', 'US', 'FR']),
      day: `2026-0${1 + (i % 9)}-11`,
      us_day: `${1 + (i % 9)}/11/2026`,
      product,
      comment: words.join(' '),
      outcome: good ? one(['pos', 'Positive', 'positive']) : one(['neg', 'negative']),
    };
  });
}
