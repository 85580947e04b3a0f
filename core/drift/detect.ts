import type {DriftReport} from '../../schemas/drift.ts';
import {benjaminiHochberg} from '../evaluation/statistics/multiple-testing.ts';
import {seededRandom} from '../evaluation/statistics/random.ts';
import {accuracy, embedding, inputLength, labelShare, language, novelty} from './columns.ts';
import type {Measured, Windows} from './columns.ts';
import type {DriftSettings, Observation} from './observation.ts';

/**
 * What changed between two windows of answers by one release. A column drifted if its effect reaches its threshold AND its
 * permutation p, adjusted by Benjamini and Hochberg over the tested columns, is at most alpha: with enough answers any
 * difference is significant, with few any effect is large. Columns without enough samples never drift and say so.
 * `seed` names the random numbers, so that the same windows give the same report.
 */
export function detectDrift(about: {
  readonly reference: readonly Observation[];
  readonly current: readonly Observation[];
  readonly settings: DriftSettings;
  readonly seed: string;
}): Pick<DriftReport, 'drifted' | 'columns' | 'reason'> {
  const {reference, current, settings, seed} = about;
  const tasks = [
    ...new Set([...reference, ...current].filter((o) => o.label !== null).map((o) => o.task)),
  ].sort();
  const columnsAtMost = 4 + 2 * tasks.length;
  // Enough permutations that one column alone can be significant after the adjustment.
  const permutations = Math.max(settings.permutations, Math.ceil((2 * columnsAtMost) / settings.alpha));
  const on = (column: string): Windows => ({
    reference,
    current,
    settings: {...settings, permutations},
    random: seededRandom(`${seed}/${column}`),
  });
  const named = (column: string, task: string): string => (tasks.length > 1 ? `${column}/${task}` : column);
  const measured: Measured[] = [
    inputLength(on('input_length')),
    language(on('language')),
    embedding(on('embedding')),
    ...(known(reference) && known(current) ? [novelty(on('novelty'))] : []),
    ...tasks.map((task) => labelShare(on(`label_share/${task}`), task, named('label_share', task))),
    ...tasks.map((task) => accuracy(on(`accuracy/${task}`), task, named('accuracy', task))),
  ];
  const tested = measured.filter((column) => column.tested);
  const adjusted = benjaminiHochberg(tested.map(({p}) => p));
  const columns = measured.map((column) => {
    if (!column.tested) return {...column, drifted: false};
    const p = adjusted[tested.findIndex((one) => one.column === column.column)]!;
    return {...column, p, drifted: column.effect >= column.threshold && p <= settings.alpha};
  });
  const drifted = columns.filter((column) => column.drifted);
  return {drifted: drifted.length > 0, columns, reason: reasonOf(drifted, tested.length, measured.length)};
}

/** A release without training data has nothing to be far from. */
function known(window: readonly Observation[]): boolean {
  return window.some((o) => o.novelty !== null);
}

function reasonOf(
  drifted: readonly {column: string; effect: number; threshold: number; p: number}[],
  tested: number,
  all: number,
): string {
  if (tested === 0) return 'nothing could be tested: not enough answers';
  const untested = tested < all ? `, ${all - tested} not testable` : '';
  if (drifted.length === 0) return `none of ${tested} columns drifted${untested}`;
  const figures = drifted.map(
    ({column, effect, threshold, p}) =>
      `${column} by ${effect.toFixed(3)} (threshold ${threshold}, adjusted p ${p.toFixed(4)})`,
  );
  return `${drifted.length} of ${tested} columns drifted${untested}: ${figures.join('; ')}`;
}
