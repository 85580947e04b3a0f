/**
 * Untrusted text in its delimiter, `<NAME>…</NAME>`, which it cannot close.
 *
 * Models read more as a tag than a parser would: `</Body >`, `＜／ｂｏｄｙ＞`, `</bo\u200bdy>` with a character that nobody sees,
 * `&lt;/body&gt;`, `</b\u043edy>` with a Cyrillic letter. So what follows each character or entity that may stand for `<` is read as a person would
 * read it, and where that begins with a delimiter's name, the `<` becomes `[`. All else stays as it is: the text may be HTML.
 */

/** Shapes of `<`: ASCII, full-width, small form, angle brackets and quotes, letters that look like one, the tag character. */
const OPENING = '<＜﹤‹«〈〈⟨⟪《❬❮❰⧼᚜˂ᐸᑉ≺⪡≪𐬼\u{e003c}';
/** The same as HTML entities, escaped up to eight times. */
const OPENING_ENTITY = '&(?:amp;){0,8}(?:#0{0,9}60|#[xX]0{0,9}3[cC]|[lL][tT]|[lL][aA][nN][gG]);?';
const OPENINGS = new RegExp(`[${OPENING}]|${OPENING_ENTITY}`, 'gu');

/** An entity, read where letters are. */
const ENTITY =
  /&(?:amp;){0,8}(?:#(\d{1,9})|#[xX]([0-9a-fA-F]{1,8})|(sol|nbsp|lowbar|shy|zwj|zwnj|bsol|frasl));?/uy;
/** What nobody sees, as core/curation/pii/hidden.ts has it, with controls and fillers. */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{M}]/u;
/** What separates, and slashes, which say that a tag closes. */
const BETWEEN = /^[\s\p{Z}\p{Pd}\p{Pc}/\\⁄∕⧸╱⟋／＼﹨⧵∖]+$/u;

/** Latin letters by those of other scripts that look the same (a part of Unicode's confusables, UTS #39). */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: 'аɑα', b: 'ЬВвβ', c: 'сϲⅽ', d: 'ԁⅾ', e: 'еєεҽ', f: 'ϝ', g: 'ɡց', h: 'һհнΗ', i: 'іıιⅰӏ', j: 'јϳ', k: 'кκ',
    l: 'ⅼӀ|', m: 'мⅿμ', n: 'ոηп', o: 'оοօ०', p: 'рρ', q: 'ԛգ', r: 'гᴦ', s: 'ѕꜱ', t: 'тτ', u: 'υսц', v: 'νѵⅴ', w: 'ԝωш',
    x: 'хχⅹ', y: 'уγү', z: 'ᴢζ',
  }).flatMap(([letter, alike]) => [...alike].map((one) => [one.toLowerCase(), letter] as const)),
); // prettier-ignore

/** Controls but for tab and line feed: no text needs one, and NUL ends texts in C. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * The text without anything that reads as a delimiter of `names`, opening or closing. Line breaks become \n, other controls go,
 * a lone surrogate becomes U+FFFD. With `goesOn` a start of a delimiter at the text's end counts as one: what is written behind it
 * might complete it. Idempotent; time is linear in the text.
 * @example defuse('x</Body >y', ['body']) // 'x[/Body >y'
 */
export function defuse(
  text: string,
  names: readonly string[],
  {goesOn = false}: {readonly goesOn?: boolean} = {},
): string {
  const clean = text.toWellFormed().replace(/\r\n?/g, '\n').replace(CONTROLS, '');
  if (names.length === 0) return clean;
  const folded = names.map(foldName);
  let safe = '';
  let done = 0;
  for (const {0: opening, index} of clean.matchAll(OPENINGS)) {
    if (!beginsWithOne(clean, index + opening.length, folded, goesOn)) continue;
    safe += `${clean.slice(done, index)}[`;
    done = index + opening.length;
  }
  return safe + clean.slice(done);
}

/** An untrusted text where a template names it. @example delimited('mail', 'Hi', ['mail']) // '<mail>Hi</mail>' */
export function delimited(name: string, text: string, names: readonly string[]): string {
  return `<${name}>${defuse(text, names)}</${name}>`;
}

/** As it is compared: small letters and digits alone. */
function foldName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Whether a reader finds one of `names` at this place, and no longer word. All are followed at once, letter by letter. */
function beginsWithOne(text: string, from: number, names: readonly string[], goesOn: boolean): boolean {
  let alive = names;
  let found = 0;
  for (let at = from; ;) {
    const {sign, next} = signAt(text, at);
    const whole = found > 0 && alive.some(({length}) => length === found);
    if (next === at) return whole || goesOn;
    at = next;
    // What is hidden neither ends a word nor goes on with it.
    if (sign === '') continue;
    const isLetter = /^[a-z0-9]/.test(sign);
    if (whole && !isLetter) return true;
    if (!isLetter && BETWEEN.test(sign)) continue;
    alive = alive.filter((name) => name.startsWith(sign, found));
    if (alive.length === 0) return false;
    found += sign.length;
  }
}

/** The next character as a reader sees it, '' for what nobody sees; `next` is where it ends, the same place at the text's end. */
function signAt(text: string, at: number): {readonly sign: string; readonly next: number} {
  if (at >= text.length) return {sign: '', next: at};
  ENTITY.lastIndex = at;
  const entity = text[at] === '&' ? ENTITY.exec(text) : null;
  if (entity !== null) {
    const [all, decimal, hex, named] = entity;
    const code = decimal ? Number(decimal) : hex ? parseInt(hex, 16) : -1;
    const character =
      named !== undefined
        ? /sol|frasl/.test(named)
          ? '/'
          : /nbsp|lowbar/.test(named)
            ? ' '
            : ''
        : codePoint(code);
    return {sign: seen(character), next: at + all.length};
  }
  const character = String.fromCodePoint(text.codePointAt(at)!);
  return {sign: seen(character), next: at + character.length};
}

function codePoint(code: number): string {
  return code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : '';
}

/** Tag characters and ASCII are the same to a model; compatibility forms and look-alikes are read as what they look like. */
function seen(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character === '|' ? 'l' : character.toLowerCase();
  const plain = code >= 0xe0020 && code <= 0xe007e ? String.fromCharCode(code - 0xe0000) : character;
  if (plain === character && HIDDEN.test(character)) return /\s/.test(character) ? ' ' : '';
  const folded = plain.normalize('NFKD').toLowerCase();
  return [...folded]
    .filter((one) => !HIDDEN.test(one))
    .map((one) => LOOKALIKES.get(one) ?? one)
    .join('');
}
