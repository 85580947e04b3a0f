import {stripFeedHead} from './feed.ts';
import {stripFooters} from './footers.ts';
import {stripQuotes} from './quotes.ts';

/**
 * What the author of this mail wrote: without quoted text, list footers, signatures, and a feed's fields, all of which tell
 * where a mail came through rather than what it says. Lines end in \n.
 */
export function stripBody(body: string): string {
  return stripFooters(stripQuotes(stripFeedHead(body))).replace(/^\s*\n/, '');
}
