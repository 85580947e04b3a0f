import type {Answered, Visitor} from './site.ts';

export type Seen = ReadonlyMap<string, Answered>;

/** Every page that links lead to from the first one on, by its address. */
export async function crawl(browser: Visitor, most = 200): Promise<Seen> {
  const seen = new Map<string, Answered>();
  const waiting = ['/'];
  for (let url = waiting.pop(); url !== undefined && seen.size < most; url = waiting.pop()) {
    if (seen.has(url)) continue;
    const answer = await browser.get(url);
    seen.set(url, answer);
    // What a stored report links to is its own matter.
    if (url.includes('report.html')) continue;
    waiting.push(...answer.links.filter((link) => link.startsWith('/') && link !== '/-/styles.css'));
  }
  return seen;
}
