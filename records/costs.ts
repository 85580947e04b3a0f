import {billOf, costOf, energyBasis, priceBasis, storageCost} from '../core/cost/bill.ts';
import {grouped, itemOf, servedItem, type Grouping, type Item} from '../core/cost/group.ts';
import {total} from '../core/cost/spent.ts';
import type {Bill, SpendRow, Spent} from '../schemas/cost.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import type {Stores} from '../stores/stores.ts';

const DAY_MS = 86_400_000;
/** What an estimate is kept of. */
const ESTIMATED = ['train', 'sweep', 'gauntlet'];

export interface CostGroup extends Bill {
  /** Null: it belongs to none. */
  readonly name: string | null;
}

/** A stage's estimate and what it took so far. */
export interface Compared {
  readonly stage: string;
  readonly workflow: string;
  readonly estimate: (Bill & {readonly basis: string; readonly rough: boolean}) | null;
  readonly actual: Bill;
}

export interface Costs {
  readonly project: string;
  readonly by: Grouping;
  /** ISO times, half open; null: all of the run. */
  readonly window: {readonly from: string; readonly to: string} | null;
  readonly run: string | null;
  readonly groups: readonly CostGroup[];
  readonly total: Bill;
  /** Price of keeping what was newly stored, a month; not in the total. */
  readonly storageMonth: number;
  readonly compared: readonly Compared[];
  readonly currency: string;
  readonly basis: readonly string[];
}

/**
 * What was spent: of one run, all of it; else of the last `days`, with what users were answered. By gateway key only
 * answers are told: nothing else has one.
 */
export async function costsOf(
  stores: Stores,
  config: ProjectConfig,
  {by, run, days}: {readonly by: Grouping; readonly run: string | null; readonly days: number},
): Promise<Costs> {
  const {project} = config;
  const to = Date.now();
  const from = to - days * DAY_MS;
  const rows: SpendRow[] = [];
  for await (const document of stores.costs.documents(project, run === null ? {from} : {})) {
    // A process's day is one document: it counts whole if the process spent anything in the window.
    if (run === null && Date.parse(document.to) < from) continue;
    rows.push(...document.rows.filter((row) => run === null || row.run === run));
  }
  const releases = new Map<string, string>();
  for await (const {id, release} of stores.registry.runs(project))
    if (release !== undefined) releases.set(id, release);

  const items: Item[] = rows.map((row) => itemOf(row, (id) => releases.get(id) ?? null));
  if (run === null)
    for await (const trace of stores.traces.read(project, {from, to}))
      items.push(servedItem(trace, config.engine.target !== 'embedded'));
  const told = by === 'key' ? items.filter(({stage}) => stage === 'serve') : items;

  const priced = (spent: Spent): number => costOf(spent, config);
  const groups = grouped(told, by, priced).map(({name, spent, cost}) => ({
    name,
    ...billOf(spent, config),
    cost,
  }));
  const spent = total(groups.map((group) => group.spent));
  const cost = groups.reduce((sum, group) => sum + group.cost, 0);
  return {
    project,
    by,
    run,
    groups,
    window: run === null ? {from: iso(from), to: iso(to)} : null,
    total: {...billOf(spent, config), cost},
    storageMonth: storageCost(spent.bytes, config),
    compared: await compared(stores, config, rows),
    currency: config.prices.currency,
    basis: [priceBasis(config), energyBasis(config)],
  };
}

/** The stages that these rows are of, in the order of their names. */
async function compared(
  stores: Stores,
  config: ProjectConfig,
  rows: readonly SpendRow[],
): Promise<Compared[]> {
  const stageOf = new Map(
    rows
      .filter(({stage, workflow}) => ESTIMATED.includes(stage) && workflow.startsWith(`${stage}/`))
      .map(({stage, workflow}) => [workflow, stage]),
  );
  const found = await stores.costs.compared(config.project, [...stageOf.keys()].sort());
  return found.map(({workflow, estimate, actual}) => ({
    stage: stageOf.get(workflow)!,
    workflow,
    estimate: estimate && {
      ...billOf(estimate.spent, config),
      basis: estimate.basis,
      rough: estimate.rough,
    },
    actual: billOf(actual, config),
  }));
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
