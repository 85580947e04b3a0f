import {createHash} from 'node:crypto';
import {lineOf} from './allowed.ts';
import type {Site} from './sites.ts';

/**
 * The sites in the order in which `seed` draws them. A site's place comes from the seed, its file, its line and the
 * line as mutated: a change elsewhere draws no others, so that what has a test or a reason once stays drawn.
 */
export function drawOrder(seed: string, sites: readonly Site[], texts: ReadonlyMap<string, string>): Site[] {
  return sites
    .map((site) => {
      const {from, to} = lineOf(texts.get(site.file)!, site);
      return {
        site,
        place: createHash('sha256')
          .update(JSON.stringify([seed, site.file, from, to]))
          .digest('hex'),
      };
    })
    .sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0))
    .map(({site}) => site);
}
