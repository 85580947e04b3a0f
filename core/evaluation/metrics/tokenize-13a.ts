import {splitWords, trimEnd} from './words.ts';

/**
 * The tokeniser of WMT's mteval-v13a.pl, as sacrebleu's default `13a`: punctuation and symbols of ASCII stand alone, but
 * periods and commas between digits; hyphens only after a digit. Case is kept. White space at the end goes first, as in
 * sacrebleu's BLEU: a hyphen there stays one.
 */
export function tokenize13a(text: string): string[] {
  let line = trimEnd(text).replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  if (line.includes('&')) {
    line = line
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
  }
  line = ` ${line} `
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
  return splitWords(line);
}
