import {nextFilled} from './lines.ts';

/** Fields that feed-to-mail gateways put over an item. */
const FEED_FIELD = /^\s{0,4}(?:URL|Date|Link|Img|Image|Source|Supplied|Category|Author): ?.{0,400}$/i;

/** What such a gateway leaves of a picture. */
const PICTURE = /\[IMG: [^\]\n]{0,400}\]{1,2}\)?\]? ?/g;

/** The body without the fields over an item that came from a feed, which start with `URL:`, and without its pictures. */
export function stripFeedHead(body: string): string {
  if (!/^\s*URL: /.test(body)) return body;
  const lines = body.split('\n');
  let at = nextFilled(lines, 0);
  while (at < lines.length && FEED_FIELD.test(lines[at]!)) at = nextFilled(lines, at + 1);
  return lines.slice(at).join('\n').replace(PICTURE, '');
}
