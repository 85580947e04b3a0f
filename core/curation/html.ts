import {compile, type FormatCallback} from 'html-to-text';

/** More HTML than this is not converted: what follows is dropped. */
export const MAX_HTML_CHARS = 200_000;

/** A cell's text with a space behind it, as cells stand apart on a page. */
const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder);
  builder.addInline(' ');
};

const convert = compile({
  wordwrap: false,
  limits: {maxDepth: 200, ellipsis: ''},
  formatters: {cell},
  selectors: [
    {selector: 'title', format: 'skip'},
    {selector: 'a', options: {ignoreHref: true}},
    {selector: 'img', format: 'skip'},
    {selector: 'hr', format: 'skip'},
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({selector, options: {uppercase: false}})),
    {selector: 'table', format: 'block'},
    {selector: 'tr', format: 'block', options: {leadingLineBreaks: 1, trailingLineBreaks: 1}},
    {selector: 'td', format: 'cell'},
    {selector: 'th', format: 'cell'},
    {selector: 'blockquote', options: {trimEmptyLines: true}},
  ],
});

/** `<name` or `</name`, as a parser takes them; the text of scripts and comments counts, too, which is rare and harmless. */
const TAG = /<(\/?)([a-z][^\s/>]*)/gi;
/** They hold nothing, so nothing is in them. */
const VOID = new Set(
  'area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr'.split(
    ' ',
  ),
);
/**
 * Elements that the parser may pass on its way through open ones, over all tags. A page of 200,000 characters none of whose
 * 5,000 tags is ever closed takes 25 million; one made to be slow more than 1,000 million, and seconds.
 */
const MAX_STEPS = 100_000_000;

/**
 * What a reader of this HTML sees, as lines of text: no links' targets, no pictures, nothing of head, style and script. Null
 * where its elements nest so deep, or so many tags close what is not open, that reading it takes the square of its length.
 */
export function htmlToPlain(html: string): string | null {
  const read = html.slice(0, MAX_HTML_CHARS);
  return stepsOf(read) > MAX_STEPS ? null : convert(read);
}

/** At least as many as the parser takes: its stack of open elements is looked through for each tag, and is never deeper. */
function stepsOf(html: string): number {
  const open = new Map<string, number>();
  let depth = 0;
  let steps = 0;
  for (const [, close, written] of html.matchAll(TAG)) {
    const name = written!.toLowerCase();
    if (VOID.has(name)) continue;
    steps += depth;
    const count = open.get(name) ?? 0;
    if (close === '') {
      open.set(name, count + 1);
      depth++;
    } else if (count > 0) {
      open.set(name, count - 1);
      depth--;
    }
  }
  return steps;
}
