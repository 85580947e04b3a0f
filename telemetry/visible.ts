/**
 * Characters that act on a terminal or on the order of text, or that nobody sees: C0 but tab and line feed, DEL and C1 (ECMA-48),
 * Unicode's bidirectional controls (UAX #9), line and paragraph separators, zero-width and tag characters, noncharacters of
 * the Arabic block, and halves of surrogate pairs. Zero-width joiners stay: emoji and Indic scripts are spelled with them.
 */
const HIDDEN =
  /[\0-\x08\v-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Text for a terminal or a log: what acts or hides is written as JSON escapes it, `\u001b`. Lines stay lines. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** One line of it: tabs and line ends are escaped, too, so that a value cannot begin a line of its own. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');
}
