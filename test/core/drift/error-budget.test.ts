import {expect, it} from 'vitest';
import {spend, type ErrorBudget} from '../../../core/drift/error-budget.ts';

const settings = {alpha: 0.01, falseAlarms: 0.5};
const at = (hours: number) => new Date(1e12 + hours * 3_600_000).toISOString();

/** What looks at these hours may err with. */
function spent(hours: readonly number[]): number[] {
  let budget: ErrorBudget | null = null;
  return hours.map((hour) => {
    const look = spend(budget, at(hour), settings);
    budget = look.budget;
    return look.alpha;
  });
}
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

it('gives the first look all of alpha, and so the first after a rest', () => {
  expect(spent([0, 24 * 7])).toEqual([0.01, 0.01]);
});

it('keeps hourly looks of a month within the budget, and each of them at about the same', () => {
  const alphas = spent(Array.from({length: 720}, (_, i) => i));
  expect(sum(alphas)).toBeLessThanOrEqual(0.5 + 0.02);
  expect(sum(alphas)).toBeGreaterThan(0.49);
  expect(alphas.at(-1)).toBeCloseTo(0.5 / 720, 6);
});

it('keeps the budget however often somebody asks', () => {
  const often = Array.from({length: 5000}, (_, i) => i / 100);
  expect(sum(spent(often))).toBeLessThanOrEqual((0.5 * 50) / 720 + 0.02);
  expect(spent(often.map(() => 0)).slice(0, 4)).toEqual([0.01, 0.005, 0.0025, 0.00125]);
});

it('gives nothing back for a clock that was set back', () => {
  const [first, , third] = spent([10, 0, 10]);
  expect(first).toBe(0.01);
  expect(third).toBe(0.0025);
});
