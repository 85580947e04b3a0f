import {readFileSync} from 'node:fs';
import {CELLS} from '../bench/statistics/cells.ts';
import {ALLOWED, nameOf, type Cell} from '../bench/statistics/cell.ts';
import {RESULTS, type Results} from '../bench/statistics/statistics.ts';

const HEAD = `# How often decisions are wrong

Gates, rollouts and the drift monitor decide from samples, so they are wrong sometimes. This page shows how often, for every decision and kind of sample, by simulation.

**How to read it.** Each row draws samples again and again, from a truth at which the decision should not be made: a loss of exactly the margin, a figure of exactly the limit, no difference at all. "Share wrong" is the share of draws in which the decision is made anyway, for each number of items n. It should be at most 5 %; the test fails above ${percent(ALLOWED)}.

- **Least n** is what the decision itself states: below it nothing passes.
- Each item is its own cluster unless the samples say otherwise.
- Draws have fixed seeds, so the shares depend on the code alone.

**Why a large cluster is expensive.** Some rows lose a cluster as a whole. The decision saw that cluster once, so the cluster costs as much as it contains ([evaluation](evaluation.md#metrics)). Golden rows that are mostly one cluster leave a gate inconclusive.

**To reproduce:** \`npm run bench -- statistics\` runs the simulation, and \`node scripts/docs/main.ts\` writes this page from its results. A test fails if this page is stale, if a decision has no row, or if a row exceeds its limit.
`;

/** The groups of the page, and which decisions belong to each. */
const GROUPS: readonly {readonly title: string; readonly holds: (decision: string) => boolean}[] = [
  {title: 'Gates', holds: (decision) => !/^(rollout|drift)/.test(decision)},
  {title: 'Rollouts', holds: (decision) => decision.startsWith('rollout')},
  {title: 'Drift', holds: (decision) => decision.startsWith('drift')},
];

/** docs/statistics.md: a table of each simulated decision. Cells that were not simulated yet have no share. */
export function statisticsPage(): string {
  const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
  const errors = CELLS.filter(({kind}) => kind === 'error');
  const power = CELLS.filter(({kind}) => kind === 'power');
  return [
    HEAD,
    ...GROUPS.flatMap(({title, holds}) => [
      `## ${title}\n`,
      ...byDecision(
        errors.filter(({decision}) => holds(decision)),
        results,
      ),
    ]),
    '## What is still found\n',
    'A decision that is never made is never wrong. These rows draw from a truth at which the decision should be made, and show how often it is.\n',
    powerTable(power, results),
    '',
  ].join('\n');
}

/** A heading and a table for each decision. */
function byDecision(cells: readonly Cell[], results: Results): string[] {
  return [...Map.groupBy(cells, ({decision}) => decision)].map(([decision, its]) =>
    [
      `### ${decision[0]!.toUpperCase()}${decision.slice(1)}\n`,
      '| Samples | Least n | n: share wrong |',
      '| --- | --: | --- |',
      ...grouped(its).map(
        (row) => `| ${samplesOf(row[0]!)} | ${row[0]!.smallest} | ${sharesOf(row, results)} |`,
      ),
      '',
    ].join('\n'),
  );
}

function powerTable(cells: readonly Cell[], results: Results): string {
  return [
    '| Decision | Samples | Least n | n: share right | At least |',
    '| --- | --- | --: | --- | --: |',
    ...grouped(cells).map(
      (row) =>
        `| ${row[0]!.decision} | ${samplesOf(row[0]!)} | ${row[0]!.smallest} | ${sharesOf(row, results)} | ${percent(row[0]!.bound)} |`,
    ),
  ].join('\n');
}

function samplesOf({shape, samples}: Cell): string {
  return `${shape}: ${samples}`;
}

function sharesOf(cells: readonly Cell[], results: Results): string {
  return cells.map((cell) => `${cell.n}: ${percent(results[nameOf(cell)]?.share)}`).join(', ');
}

/** Cells that differ in n alone, together. */
function grouped(cells: readonly Cell[]): Cell[][] {
  return [...Map.groupBy(cells, (cell) => `${cell.decision}|${cell.shape}|${cell.samples}`).values()];
}

function percent(share: number | undefined): string {
  return share === undefined ? '–' : `${(100 * share).toFixed(1)} %`;
}
