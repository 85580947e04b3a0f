/**
 * What may stay of white space: `lines` keeps single line breaks, `paragraphs` also one empty line, `layout` everything
 * but trailing blanks (code, conversations).
 */
export type WhiteSpace = 'lines' | 'paragraphs' | 'layout';

/**
 * One spelling for one text. Unicode NFC: canonically equal texts become equal, and nothing else changes. Not NFKC, which
 * would rewrite what the author chose (`x²` to `x2`, `½`, full-width forms) and cannot be undone; look-alikes matter to
 * the model. Controls, bidi and zero-width characters go (they hide text from people); joiners stay where a script or an
 * emoji needs them, between two characters beyond Latin. Of a run of combining marks 30 stay. Idempotent; time is linear in
 * the text.
 */
export function normalise(text: string, whiteSpace: WhiteSpace): string {
  let clean = text.isWellFormed() ? text : text.toWellFormed();
  if (/[^\x20-\x7e\n]/.test(clean)) clean = unspecial(clean, whiteSpace === 'layout');
  switch (whiteSpace) {
    case 'lines':
      return clean
        .replace(/ {2,}/g, ' ')
        .replace(/ ?\n[ \n]*/g, '\n')
        .trim();
    case 'paragraphs':
      return clean
        .replace(/ {2,}/g, ' ')
        .replace(/ ?\n ?/g, '\n')
        .replace(/\n{3,}/g, '\n\n')
        .trim();
    case 'layout':
      return trimLines(clean);
  }
}

/** Tags, but for the flags of regions (UTS #51, RGI tag sequences): 🏴 with letters and digits, and the tag that ends them. */
const TAGS = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f})|[\u{e0000}-\u{e007f}]/gu;
/** Variation selectors that select nothing: those for ideographs elsewhere, all behind another one or a joiner. They can hide text. */
const SELECTORS =
  /(?<=[\u200c\u200d\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]+|(?<!\p{Ideographic})[\u{e0100}-\u{e01ef}]+/gu;

/**
 * More combining marks in a row than Unicode's Stream-Safe Text Format takes (UAX #15, D3 and D4: 30 non-starters). No script
 * needs as many, and normalising sorts each run, which takes the square of its length. The standard breaks a run with U+034F,
 * which is one of the characters that go here; so what is beyond goes, too.
 */
const EXCESS_MARKS = /(\p{M}{30})\p{M}+/gu;

function composed(text: string): string {
  // Composition may split a mark in two (U+0344).
  return text.replace(EXCESS_MARKS, '$1').normalize('NFC').replace(EXCESS_MARKS, '$1');
}

/** Everything but printable ASCII and line breaks. */
function unspecial(text: string, keepTabs: boolean): string {
  const spaced = text
    .replace(/\r\n?|[\u2028\u2029\u0085\v\f]/g, '\n')
    .replace(
      keepTabs
        ? /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
        : /[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g,
      ' ',
    );
  const visible = spaced
    .replace(/[\0-\x08\x0e-\x1f\x7f-\x9f]/g, '')
    .replace(
      /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/g,
      '',
    )
    .replace(TAGS, '$1');
  const bare = composed(visible)
    .replace(SELECTORS, '')
    .replace(
      /(?<![\u0370-\u1fff\u2100-\uffff])[\u200c\u200d]|[\u200c\u200d](?![\u0370-\u1fff\u2100-\uffff])/g,
      '',
    );
  // What stood between two runs of marks may be gone.
  return composed(bare);
}

function trimLines(text: string): string {
  if (!/[ \n]\n|^[ \n]|[ \n]$/.test(text)) return text;
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+/, '')
    .trimEnd();
}
