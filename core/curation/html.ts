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

/** What a reader of this HTML sees, as lines of text: no links' targets, no pictures, nothing of head, style and script. */
export function htmlToPlain(html: string): string {
  return convert(html.slice(0, MAX_HTML_CHARS));
}
