import type {SpendRow, Spent} from '../../schemas/cost.ts';
import {NOTHING, plus} from './spent.ts';

/** What costs are grouped by. */
export const GROUPINGS = ['run', 'stage', 'release', 'key'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** An amount, with all that it can be grouped by; null where it has no such thing. */
export interface Item {
  readonly run: string | null;
  readonly stage: string;
  readonly release: string | null;
  /** Id of the gateway key that asked. */
  readonly key: string | null;
  readonly spent: Spent;
  /** Price where it was fixed when it was spent (a trace's); else it follows from `spent`. */
  readonly cost?: number;
}

/** A row of the ledger; `releaseOf` knows the candidate of each run. */
export function itemOf(row: SpendRow, releaseOf: (run: string) => string | null): Item {
  const release = row.run === null ? null : releaseOf(row.run);
  return {run: row.run, stage: row.stage, release, key: null, spent: row.spent};
}

/** What answering took, from one trace; `gpu`: the engine is a server with a GPU. */
export function servedItem(
  trace: {
    readonly release: string;
    readonly key?: string | null | undefined;
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly latencyMs: {readonly model: number};
    readonly cost: number;
  },
  gpu: boolean,
): Item {
  const seconds = trace.latencyMs.model / 1000;
  return {
    run: null,
    stage: 'serve',
    release: trace.release,
    key: trace.key ?? null,
    spent: {
      ...NOTHING,
      ...(gpu ? {gpuSeconds: seconds} : {cpuSeconds: seconds}),
      promptTokens: trace.promptTokens,
      completionTokens: trace.completionTokens,
      units: 1,
    },
    cost: trace.cost,
  };
}

/** Sums by name, in the order of the names; `none` names what has no such thing. */
export function grouped(
  items: Iterable<Item>,
  by: Grouping,
  priced: (spent: Spent) => number,
): {readonly name: string | null; readonly spent: Spent; readonly cost: number}[] {
  const sums = new Map<string | null, {spent: Spent; cost: number}>();
  for (const item of items) {
    const name = item[by];
    const {spent, cost} = sums.get(name) ?? {spent: NOTHING, cost: 0};
    sums.set(name, {spent: plus(spent, item.spent), cost: cost + (item.cost ?? priced(item.spent))});
  }
  return [...sums]
    .map(([name, sum]) => ({name, ...sum}))
    .sort((a, b) => (a.name === null ? 1 : b.name === null ? -1 : a.name < b.name ? -1 : 1));
}
