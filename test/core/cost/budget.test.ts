import {describe, expect, it} from 'vitest';
import {exceeded, spentLine} from '../../../core/cost/budget.ts';
import {NOTHING} from '../../../core/cost/spent.ts';

const tariff = {
  prices: {
    currency: 'USD',
    cpu_hour: 1,
    gpu_hour: 2,
    gb_month: 0,
    million_prompt_tokens: 0,
    million_completion_tokens: 0,
  },
};
const hours = (cpu: number, gpu = 0) => ({...NOTHING, cpuSeconds: cpu * 3600, gpuSeconds: gpu * 3600});
const none = {cost: 0, gpuHours: 0};

describe('a budget', () => {
  it('that is missing limits nothing', () => {
    expect(exceeded({}, tariff, {run: hours(1e9), day: hours(1e9)}, none)).toBeNull();
  });

  it('is reached when it is spent, not before', () => {
    const soFar = {run: hours(3), day: hours(0)};
    expect(exceeded({run: 3.01}, tariff, soFar, none)).toBeNull();
    expect(exceeded({run: 3}, tariff, soFar, none)).toMatchObject({key: 'budget.run', spent: 3, limit: 3});
    expect(exceeded({run: 5}, tariff, soFar, {cost: 2, gpuHours: 0})).not.toBeNull();
  });

  it('of GPU hours counts the run alone, and no CPU', () => {
    const soFar = {run: hours(100, 1.5), day: hours(0, 10)};
    expect(exceeded({gpu_hours: 2}, tariff, soFar, none)).toBeNull();
    const over = exceeded({gpu_hours: 1.5}, tariff, soFar, none)!;
    expect(spentLine(over)).toBe('1.5 of 1.5 GPU hours are spent (budget.gpu_hours)');
  });

  it('of a day counts every run of the project', () => {
    const over = exceeded({day: 20, run: 100}, tariff, {run: hours(1), day: hours(0, 10)}, none)!;
    expect(spentLine(over)).toBe('20 of 20 USD are spent (budget.day)');
  });

  it('of 0 stops at once', () => {
    expect(exceeded({run: 0}, tariff, {run: NOTHING, day: NOTHING}, none)).toMatchObject({key: 'budget.run'});
  });
});
