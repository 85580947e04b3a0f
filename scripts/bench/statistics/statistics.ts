import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {PACKAGE_ROOT} from '../../../stack/own-program.ts';
import {CELLS} from './cells.ts';
import {count, nameOf, type Cell} from './cell.ts';

/** Where the last whole simulation stands; docs/statistics.md is made from it. */
export const RESULTS = path.join(PACKAGE_ROOT, 'scripts/bench/statistics/results.json');

/** Share of draws by the cell's name. */
export type Results = Readonly<Record<string, {readonly trials: number; readonly share: number}>>;

/** Simulates every decision and keeps the shares; they depend on the code and the seeds alone. */
export async function benchStatistics(): Promise<object> {
  const results: Record<string, {trials: number; share: number}> = {};
  for (const cell of CELLS) {
    const share = count(cell, cell.trials.bench) / cell.trials.bench;
    results[nameOf(cell)] = {trials: cell.trials.bench, share};
    process.stderr.write(`${(100 * share).toFixed(1).padStart(6)} %  ${nameOf(cell)}\n`);
  }
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  return {cells: CELLS.length, outside: CELLS.filter((cell) => !within(cell, results)).length};
}

export function within(cell: Cell, results: Results): boolean {
  const found = results[nameOf(cell)];
  if (found === undefined) return false;
  return cell.kind === 'error' ? found.share <= cell.bound : found.share >= cell.bound;
}
