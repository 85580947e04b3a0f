import type {Bill, Spent} from '../../schemas/cost.ts';
import type {ProjectConfig} from '../../schemas/project.ts';

/** What a project says its machines cost and draw. */
export type Tariff = Pick<ProjectConfig, 'prices' | 'energy'>;

const HOUR = 3600;

/** Price of CPU and GPU time and of tokens, in `prices.currency`. What is stored costs by the month: see storageCost. */
export function costOf(spent: Spent, {prices}: Pick<Tariff, 'prices'>): number {
  return (
    (spent.cpuSeconds / HOUR) * prices.cpu_hour +
    (spent.gpuSeconds / HOUR) * prices.gpu_hour +
    (spent.promptTokens / 1e6) * prices.million_prompt_tokens +
    (spent.completionTokens / 1e6) * prices.million_completion_tokens +
    spent.paid
  );
}

/** What keeping so many bytes costs a month (10⁹ bytes are a GB). */
export function storageCost(bytes: number, {prices}: Pick<Tariff, 'prices'>): number {
  return (bytes / 1e9) * prices.gb_month;
}

/**
 * kWh = Σ hours × watts × PUE / 1000, as Cloud Carbon Footprint reckons it, with the power of a busy core and a busy device.
 * An estimate from stated powers: nothing reads a meter.
 */
export function energyOf(spent: Spent, {energy}: Pick<Tariff, 'energy'>): number {
  const wattHours =
    (spent.cpuSeconds / HOUR) * energy.cpu_watts + (spent.gpuSeconds / HOUR) * energy.gpu_watts;
  return (wattHours * energy.pue) / 1000;
}

export function billOf(spent: Spent, tariff: Tariff): Bill {
  const kWh = energyOf(spent, tariff);
  return {spent, cost: costOf(spent, tariff), kWh, gCO2e: kWh * tariff.energy.grid_g_per_kwh};
}

/** Where kWh and g CO₂e come from, so that nobody takes them for a measurement. */
export function energyBasis({energy}: Pick<Tariff, 'energy'>): string {
  const {cpu_watts: cpu, gpu_watts: gpu, pue, grid_g_per_kwh: grid} = energy;
  return `energy and CO₂e are estimated, not measured: ${cpu} W a busy core, ${gpu} W a GPU, PUE ${pue}, ${grid} g CO₂e a kWh (energy in ratchet.yaml)`;
}

/** By which prices. */
export function priceBasis({prices}: Pick<Tariff, 'prices'>): string {
  const {currency, cpu_hour: cpu, gpu_hour: gpu, gb_month: gb} = prices;
  return `prices: ${cpu} ${currency} a CPU hour, ${gpu} a GPU hour, ${prices.million_prompt_tokens} and ${prices.million_completion_tokens} a million tokens in and out, ${gb} a GB and month (prices in ratchet.yaml)`;
}
