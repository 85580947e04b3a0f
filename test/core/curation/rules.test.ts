import {describe, expect, it} from 'vitest';
import {detectLanguage, foreignness, UNDETERMINED} from '../../../core/curation/language.ts';
import {checkRow, type RowRules, type RuleDrop} from '../../../core/curation/rules.ts';

// Article 1 of the Universal Declaration of Human Rights, in parallel.
const ARTICLE = {
  en: 'All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.',
  de: 'Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.',
  fr: 'Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.',
  es: 'Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.',
  pl: 'Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.',
  ru: 'Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.',
  ko: '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.',
  ja: 'すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。',
  zh: '人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神互相对待。',
};

describe('the language of a text', () => {
  it.each(Object.entries(ARTICLE))('is found: %s', async (code, text) => {
    expect((await detectLanguage(text)).code).toBe(code);
  });

  it('is undetermined where there is too little text', async () => {
    for (const text of [
      '',
      'Hi',
      '1234567890 '.repeat(20),
      '<EMAIL_12345678> '.repeat(9),
      'http://example.com/a/b',
    ])
      expect(await detectLanguage(text)).toBe(UNDETERMINED);
  });

  it.each([
    ['ru', 'Привет всем, как дела'],
    ['ar', 'اشتر الآن بسعر رخيص'],
    ['he', 'קנה עכשיו בזול'],
    ['th', 'ซื้อเดี๋ยวนี้ราคาถูก'],
    ['el', 'αγοράστε τώρα φτηνά'],
    ['hi', 'अभी सस्ते में खरीदें'],
    ['ka', 'გამარჯობა მსოფლიო'],
    ['zh', '现在便宜购买，请联系我们'],
  ])('is found in a few words of another script than Latin: %s', async (code, text) => {
    const language = await detectLanguage(text);
    expect(language.code).toBe(code);
    expect(foreignness(language, ['en'])).toBe(1);
  });

  it('of a few Latin words stays open, whatever else stands among them', async () => {
    for (const text of ['Buy cheap watches, тут', 'the α and the ω of it', 'Compra barato ahora', 'привет'])
      expect(await detectLanguage(text)).toBe(UNDETERMINED);
  });

  it('is foreign by the share its best language has against the best that is allowed', () => {
    expect(foreignness({code: 'de', scores: () => ({de: 0.8, nl: 0.4, en: 0.2})}, ['en', 'nl'])).toBeCloseTo(
      0.64 / (0.64 + 0.16),
      10,
    );
    expect(foreignness({code: 'ko', scores: () => ({ko: 0.5})}, ['en'])).toBe(1);
    expect(foreignness({code: 'en', scores: () => ({en: 0.5, de: 0.49})}, ['en'])).toBe(0);
    expect(foreignness(UNDETERMINED, ['en'])).toBe(0);
  });
});

const RULES = {languages: ['en'], languageScore: 0.65, minChars: 20, maxChars: 400};
const judged = async (text: string, rules: RowRules): Promise<RuleDrop | null> =>
  checkRow(text.length, await detectLanguage(text), rules);

describe('rules', () => {
  it('keep a text of the right length and language', async () => {
    expect(await judged(ARTICLE.en, RULES)).toBeNull();
    expect(await judged('V1agra c1al1s 99 now n0w', RULES)).toBeNull();
  });

  it.each(Object.entries(ARTICLE).filter(([code]) => code !== 'en'))(
    'drop another language: %s',
    async (code, text) => {
      expect(await judged(text, {...RULES, minChars: 1})).toEqual({
        rule: 'language',
        reason: expect.stringMatching(
          new RegExp(`^language ${code} \\((0\\.\\d\\d|1\\.00)\\), expected en$`),
        ),
      });
      expect(await judged(text, {...RULES, minChars: 1, languages: ['en', code]})).toBeNull();
      expect(await judged(text, {...RULES, minChars: 1, languages: []})).toBeNull();
    },
  );

  it('drop a short text of another script', async () => {
    const text = 'Купите виагру дешево прямо сейчас';
    expect((await judged(text, {...RULES, minChars: 1}))?.rule).toBe('language');
    expect(await judged(text, {...RULES, minChars: 1, languages: ['ru', 'en']})).toBeNull();
  });

  it.each([
    [19, 'too_short'],
    [20, undefined],
    [400, undefined],
    [401, 'too_long'],
  ])('allow the lengths that they name: of %d characters %s', (length, rule) => {
    expect(checkRow(length, UNDETERMINED, RULES)?.rule).toBe(rule);
  });

  it('drop what is too short or too long, with the figures and without the text', async () => {
    expect(await judged('secret', RULES)).toEqual({
      rule: 'too_short',
      reason: '6 characters after stripping, at least 20 expected',
    });
    expect(await judged('secret '.repeat(100), RULES)).toEqual({
      rule: 'too_long',
      reason: '700 characters after stripping, at most 400 allowed',
    });
  });
});
