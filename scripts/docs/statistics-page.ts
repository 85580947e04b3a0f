import {readFileSync} from 'node:fs';
import {CELLS} from '../bench/statistics/cells.ts';
import {nameOf, type Cell} from '../bench/statistics/cell.ts';
import {RESULTS, type Results} from '../bench/statistics/statistics.ts';

const HEAD = `# How often decisions are wrong

Generated from the last \`npm run bench -- statistics\` by \`node scripts/docs/main.ts\`; a test fails when this page is stale, when a decision has no row, or when a row is not kept.

Each row draws samples again and again, from a truth at which the decision should not be made: a loss of exactly the margin, a figure of exactly the limit, no difference at all. The share of draws in which it is made anyway may be 5 %; 6 % is what a test allows. Draws come from fixed seeds, so the shares depend on the code alone. "Least n" is what the decision itself states: below it nothing passes. Items are clusters of their own unless the samples say otherwise.

The rows of clusters that are lost as a whole are why a large cluster costs as much as it holds ([evaluation.md](evaluation.md#metrics)): it was seen once, so golden rows that are mostly one cluster leave a gate inconclusive.
`;

/** docs/statistics.md: a table of all simulated decisions. Cells that were not simulated yet have no share. */
export function statisticsPage(): string {
  const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  const errors = CELLS.filter(({kind}) => kind === 'error');
  const power = CELLS.filter(({kind}) => kind === 'power');
  return [
    HEAD,
    '## Errors\n',
    table(errors, results, 'wrong'),
    '\n## What is still found\n',
    'The other side: how often a decision is made where it should be.\n',
    table(power, results, 'right'),
    '',
  ].join('\n');
}

function table(cells: readonly Cell[], results: Results, head: string): string {
  return [
    `| Decision | Samples | Least n | n: share ${head} | Allowed |`,
    '| --- | --- | --: | --- | --: |',
    ...grouped(cells).map(([first, ...rest]) => {
      const all = [first!, ...rest];
      const shares = all.map((cell) => `${cell.n}: ${percent(results[nameOf(cell)]?.share)}`).join(', ');
      const allowed = `${first!.kind === 'error' ? '≤' : '≥'} ${percent(first!.bound)}`;
      return `| ${first!.decision} | ${first!.shape}: ${first!.samples} | ${first!.smallest} | ${shares} | ${allowed} |`;
    }),
  ].join('\n');
}

/** Cells that differ in n alone, together. */
function grouped(cells: readonly Cell[]): Cell[][] {
  return [...Map.groupBy(cells, (cell) => `${cell.decision}|${cell.shape}|${cell.samples}`).values()];
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(1)} %`;
}
