import {compile} from 'html-to-text';

/** More HTML than this is not converted: what follows is dropped. */
export const MAX_HTML_CHARS = 200_000;

const convert = compile({
  wordwrap: false,
  limits: {maxDepth: 200, ellipsis: ''},
  selectors: [
    {selector: 'a', options: {ignoreHref: true}},
    {selector: 'img', format: 'skip'},
    {selector: 'hr', format: 'skip'},
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({selector, options: {uppercase: false}})),
    {selector: 'table', format: 'block'},
    {selector: 'blockquote', options: {trimEmptyLines: true}},
  ],
});

/** What a reader of this HTML sees, as lines of text: no links' targets, no pictures, nothing of head, style and script. */
export function htmlToPlain(html: string): string {
  return convert(html.slice(0, MAX_HTML_CHARS));
}
