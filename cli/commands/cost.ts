import {InvalidArgumentError, Option} from 'commander';
import type {Command} from 'commander';
import {energyInWords, massInWords} from '../../core/cost/energy-words.ts';
import {GROUPINGS, type Grouping} from '../../core/cost/group.ts';
import type {Bill} from '../../schemas/cost.ts';
import {openStores} from '../../stores/stores.ts';
import {costsOf, type Costs} from '../../records/costs.ts';
import {acting, define} from '../define.ts';
import type {CommonOptions} from '../define.ts';
import {findRunRecord, projectOfRun, runName} from '../find-run.ts';
import {Exit, print, printJson, table} from '../output.ts';
import {projectOrPart} from '../project.ts';
import {cost as money, count, digest, duration, time} from '../show.ts';

interface CostOptions extends CommonOptions {
  readonly by: Grouping;
  readonly run?: string;
  readonly days: number;
}

export function cost(program: Command): void {
  define(program, 'cost [project]', {
    what: 'what was spent: CPU and GPU time, tokens, bytes stored, money, and estimated energy; works with the stack down',
    examples: [
      'ratchet cost',
      'ratchet cost mail --by release --days 7',
      'ratchet cost --run k3f9qa --json',
      'ratchet cost --run mail',
    ],
  })
    .addOption(new Option('--by <what>', 'one line for each').choices([...GROUPINGS]).default('stage'))
    .option(
      '--run <run>',
      'only this run, or the latest run of the project that is named here; without answers to users',
    )
    .option('--days <n>', 'only the last n days', positive, 30)
    .action(
      acting(async (named: string | undefined, options: CostOptions) => {
        const of = projectOrPart(options.run, named ?? options.project ?? projectOfRun(options.run));
        const {store, config} = of.project;
        const stores = await openStores(store);
        const run =
          options.run === undefined ? null : (await findRunRecord(stores, config.project, of.part)).id;
        const costs = await costsOf(stores, config, {by: options.by, run, days: options.days});
        if (options.json) printJson(costs);
        else print(described(costs));
        return Exit.done;
      }),
    );
}

function described(costs: Costs): string {
  const {by, project, run, window, groups, total, compared, currency} = costs;
  const of = run ?? `${project}, ${time(window!.from)} to ${time(window!.to)}`;
  const line = (name: string, bill: Bill): string[] => [name, ...cells(bill, currency)];
  const named = (name: string | null): string => {
    if (name === null) return by === 'stage' ? '–' : `no ${by}`;
    return by === 'release' ? digest(name) : by === 'run' ? runName(name) : name;
  };
  const expected = compared.map(({workflow, estimate, actual}) => [
    workflow,
    estimate === null ? 'none kept' : `${estimate.rough ? 'rough: ' : ''}${money(estimate.cost, currency)}`,
    money(actual.cost, currency),
    estimate?.basis ?? '',
  ]);
  return [
    of,
    table(
      [by, 'CPU', 'GPU', 'tokens in', 'tokens out', 'stored', 'cost', 'energy', 'CO₂e'],
      groups.length === 0
        ? []
        : [...groups.map((group) => line(named(group.name), group)), line('total', total)],
      'nothing was spent',
    ),
    ...(expected.length === 0
      ? []
      : ['', table(['stage', 'estimate', 'so far', 'how it was estimated'], expected, '')]),
    '',
    ...(total.spent.bytes > 0
      ? [`keeping what was stored: ${money(costs.storageMonth, currency)} a month, not in the total`]
      : []),
    ...costs.basis,
  ].join('\n');
}

function cells({spent, cost: amount, kWh, gCO2e}: Bill, currency: string): string[] {
  return [
    duration(spent.cpuSeconds),
    spent.gpuSeconds > 0 ? duration(spent.gpuSeconds) : '–',
    spent.promptTokens > 0 ? count(spent.promptTokens) : '–',
    spent.completionTokens > 0 ? count(spent.completionTokens) : '–',
    spent.bytes > 0 ? `${(spent.bytes / 1e6).toFixed(1)} MB` : '–',
    money(amount, currency),
    energyInWords(kWh),
    massInWords(gCO2e),
  ];
}

function positive(text: string): number {
  const n = Number(text);
  if (Number.isFinite(n) && n > 0) return n;
  throw new InvalidArgumentError('expected a number of days above 0');
}
