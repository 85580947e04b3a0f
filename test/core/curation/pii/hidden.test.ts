import {expect, test} from 'vitest';
import {ENTITIES} from '../../../../schemas/names.ts';
import {withoutHidden} from '../../../../core/curation/pii/hidden.ts';
import {scrub} from '../../../../core/curation/pii/scrub.ts';
import {scrubId} from '../../../../core/curation/pii/scrub-id.ts';

const key = new Uint8Array(32).fill(7);
const scrubbed = (text: string) => scrub(text, {entities: ENTITIES, key}).text;

test.each([
  ['card', '4111 1111 1111 1111', '4111\u200b1111\u200b1111\u200b1111'],
  ['email', 'john.doe@example.com', 'john\u200b.doe\u200b@example.com'],
  ['email', 'ann@example.com', 'a\u00adnn@exam\u00adple.com'],
  ['email', 'ann@example.com', 'ann@\u{e0041}exam\ufe0fple.\u200dcom'],
  ['iban', 'DE89 3704 0044 0532 0130 00', 'DE89\u200b3704 0044 0532 0130 00'],
  ['phone', '+1 650 253 0000', '+1 650\u2060 253\ufeff 0000'],
])('characters that nobody sees hide no %s', (entity, plain, hidden) => {
  const pseudonym = scrubbed(plain);
  expect(pseudonym).toMatch(new RegExp(`^<${entity.toUpperCase()}_[0-9a-f]{8}>$`));
  // Another spelling of the same value is the same word, and the text around it stays as it was.
  expect(scrubbed(`vor\u200bher ${hidden} nach\u00adher`)).toBe(`vor\u200bher ${pseudonym} nach\u00adher`);
});

test('nor do they in an id', () => {
  expect(scrubId('john\u200b.doe@example.com', key)).toBe(scrubId('john.doe@example.com', key));
  expect(scrubId('row\u200b-1', key)).toBe('row\u200b-1');
});

test('each unit that is left knows where it stood; a text without such characters is not copied', () => {
  expect(withoutHidden('plain é 😀')).toBeNull();
  const {bare, places} = withoutHidden('\u200ba\u00ad\u00ad😀\u{e0041}b\ufeff')!;
  expect(bare).toBe('a😀b');
  expect([...places]).toEqual([1, 4, 5, 8]);
});
