import type {Spent} from '../../schemas/cost.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {costOf, type Tariff} from './bill.ts';

export type Budget = ProjectConfig['budget'];

/** What a limit of the budget is compared with. */
export interface SpentSoFar {
  /** Of the run, and of whatever was spent before on the stages that it goes on with. */
  readonly run: Spent;
  /** Of the whole project today (UTC). */
  readonly day: Spent;
}

/** A limit that is reached: what was spent, how much may be, and what to raise. */
export interface Exceeded {
  readonly key: 'budget.run' | 'budget.day' | 'budget.gpu_hours';
  readonly spent: number;
  readonly limit: number;
  readonly unit: string;
}

/** Whether `more` on top of what was spent reaches a limit: the first one, or null. Without a budget nothing does. */
export function exceeded(
  budget: Budget,
  tariff: Pick<Tariff, 'prices'>,
  {run, day}: SpentSoFar,
  more: {readonly cost: number; readonly gpuHours: number},
): Exceeded | null {
  const {currency} = tariff.prices;
  const limits: readonly (Omit<Exceeded, 'limit'> & {limit: number | undefined; next: number})[] = [
    {
      key: 'budget.gpu_hours',
      unit: 'GPU hours',
      limit: budget.gpu_hours,
      spent: run.gpuSeconds / 3600,
      next: more.gpuHours,
    },
    {
      key: 'budget.run',
      unit: currency,
      limit: budget.run,
      spent: costOf(run, tariff),
      next: more.cost,
    },
    {
      key: 'budget.day',
      unit: currency,
      limit: budget.day,
      spent: costOf(day, tariff),
      next: more.cost,
    },
  ];
  for (const {key, unit, limit, spent, next} of limits)
    if (limit !== undefined && spent + next >= limit) return {key, spent, limit, unit};
  return null;
}

/** `0.00123 USD of 0.001 are spent (budget.run)` */
export function spentLine({key, spent, limit, unit}: Exceeded): string {
  return `${amount(spent)} of ${limit} ${unit} are spent (${key})`;
}

/** Three significant digits, never an exponent. */
export function amount(value: number): string {
  return value.toLocaleString('en-US', {maximumSignificantDigits: 3, useGrouping: false});
}
