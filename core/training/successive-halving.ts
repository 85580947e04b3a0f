/**
 * Successive halving: all trials go a ninth of the way, the best third of them a third of it, the best third of these the
 * whole way. Jamieson and Talwalkar 2016 (AISTATS), algorithm 1, with η = 3; so many rungs as make 11, 33 and 100 %.
 * Decides and does nothing else: workflow code imports this file.
 */

/** The share that goes on is 1/η. */
const ETA = 3;
const RUNGS = 3;

/** Steps at which trials are compared; the last is all of them. Fewer rungs where there are fewer steps than that. */
export function rungSteps(steps: number): number[] {
  const all = Array.from({length: RUNGS}, (_, i) => Math.max(1, Math.round(steps / ETA ** (RUNGS - 1 - i))));
  return all.filter((step, i) => i === 0 || step > all[i - 1]!);
}

/** How many of so many go on. */
export function kept(trials: number): number {
  return Math.max(1, Math.floor(trials / ETA));
}

export interface Standing {
  readonly number: number;
  /** Validation loss; null or not a number where it failed or diverged: such a trial is behind all others. */
  readonly loss: number | null;
}

/** Best first; of equal losses the trial with the lower number. */
export function ranked<T extends Standing>(trials: readonly T[]): T[] {
  const of = ({loss}: Standing): number => (loss === null || Number.isNaN(loss) ? Infinity : loss);
  return [...trials].sort((a, b) => (of(a) === of(b) ? a.number - b.number : of(a) - of(b)));
}

/** Those that go on: the best third, at least one, and none that failed. Empty if all have. */
export function survivors<T extends Standing>(trials: readonly T[]): T[] {
  const alive = ranked(trials).filter(({loss}) => loss !== null && Number.isFinite(loss));
  return alive.slice(0, kept(trials.length));
}

/** Why a sweep ends at a rung that no trial survived; `failed`: what a trial failed with, if it said so. */
export function noneLeft(trials: readonly {readonly failed?: string | undefined}[], step: number): string {
  const first = trials.find(({failed}) => failed !== undefined)?.failed;
  const said = first === undefined ? '' : `; the first said: ${first}`;
  return `no trial of the sweep reached step ${step} with a loss that is a number${said}: change training.sweep`;
}

/** Trials that each rung will have, as long as none fails. */
export function trialsByRung(trials: number, rungs: number): number[] {
  const all = [trials];
  for (let i = 1; i < rungs; i++) all.push(kept(all[i - 1]!));
  return all;
}

/** Trainer processes that each take so many steps. */
export interface Leg {
  readonly processes: number;
  readonly steps: number;
}

/** The ways from rung to rung, for as many trials as come there; one that is left alone goes to the end in one. */
export function sweepLegs(trials: number, rungs: readonly number[]): Leg[] {
  const legs: Leg[] = [];
  for (const [i, processes] of trialsByRung(trials, rungs.length).entries()) {
    const steps = rungs[i]! - (rungs[i - 1] ?? 0);
    const last = legs.at(-1);
    if (last?.processes === 1) legs[legs.length - 1] = {processes: 1, steps: last.steps + steps};
    else legs.push({processes, steps});
  }
  return legs;
}
