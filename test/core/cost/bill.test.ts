import {expect, it} from 'vitest';
import {billOf, costOf, energyOf, storageCost} from '../../../core/cost/bill.ts';
import {NOTHING} from '../../../core/cost/spent.ts';

const tariff = {
  prices: {
    currency: 'EUR',
    cpu_hour: 0.05,
    gpu_hour: 2.5,
    gb_month: 0.023,
    million_prompt_tokens: 0.15,
    million_completion_tokens: 0.6,
  },
  energy: {cpu_watts: 3.5, gpu_watts: 700, pue: 1.5, grid_g_per_kwh: 400},
};

it('prices hours of cores and devices and tokens', () => {
  expect(costOf({...NOTHING, cpuSeconds: 7200}, tariff)).toBeCloseTo(0.1, 12);
  expect(costOf({...NOTHING, gpuSeconds: 1800}, tariff)).toBeCloseTo(1.25, 12);
  expect(costOf({...NOTHING, promptTokens: 2_000_000, completionTokens: 500_000}, tariff)).toBeCloseTo(
    0.6,
    12,
  );
  expect(storageCost(2e9, tariff)).toBeCloseTo(0.046, 12);
});

it('reckons energy as hours × watts × PUE, and emissions by the grid', () => {
  // One GPU hour: 700 W × 1.5 = 1.05 kWh; at 400 g that is 420 g.
  expect(billOf({...NOTHING, gpuSeconds: 3600}, tariff)).toMatchObject({kWh: 1.05, gCO2e: 420});
  // Ten core hours: 35 Wh × 1.5.
  expect(energyOf({...NOTHING, cpuSeconds: 36_000}, tariff)).toBeCloseTo(0.0525, 12);
});
