import type {Spent} from '../../schemas/cost.ts';

export const NOTHING: Spent = {
  cpuSeconds: 0,
  gpuSeconds: 0,
  promptTokens: 0,
  completionTokens: 0,
  paid: 0,
  paidTokens: 0,
  bytes: 0,
  units: 0,
};

/** Sum, part by part. */
export function plus(a: Spent, b: Partial<Spent>): Spent {
  return {
    cpuSeconds: a.cpuSeconds + (b.cpuSeconds ?? 0),
    gpuSeconds: a.gpuSeconds + (b.gpuSeconds ?? 0),
    promptTokens: a.promptTokens + (b.promptTokens ?? 0),
    completionTokens: a.completionTokens + (b.completionTokens ?? 0),
    paid: a.paid + (b.paid ?? 0),
    paidTokens: a.paidTokens + (b.paidTokens ?? 0),
    bytes: a.bytes + (b.bytes ?? 0),
    units: a.units + (b.units ?? 0),
  };
}

export function total(all: Iterable<Spent>): Spent {
  let sum = NOTHING;
  for (const one of all) sum = plus(sum, one);
  return sum;
}
