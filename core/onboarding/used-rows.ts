import type {ProjectConfig} from '../../schemas/project.ts';
import {chosenRows} from './estimate.ts';
import {total, type TaskCounts} from './rendered.ts';

/** Of the rows that curation keeps for a task, those that a run uses, and why not all of them. */
export interface UsedRows {
  readonly train: {readonly used: number; readonly of: number; readonly why: string};
  readonly validation: {readonly used: number; readonly of: number; readonly why: string};
  readonly golden: {readonly used: number; readonly of: number; readonly why: string};
}

export function usedRows(
  {train, golden_rows: most}: ProjectConfig['tasks'][string],
  counts: TaskCounts,
): UsedRows {
  const [trained, validation, golden] = [total(counts.train), total(counts.validation), total(counts.golden)];
  const chosen = chosenRows(train, Object.values(counts.train));
  const asked = Math.min(golden, most ?? golden);
  const because = [
    ...(train.balance === 'class'
      ? ['train.balance: class takes as many of each class as of the rarest']
      : []),
    ...(train.rows === undefined ? [] : [`train.rows: ${train.rows}`]),
  ];
  return {
    train: {used: chosen, of: trained, why: chosen < trained ? because.join('; ') : ''},
    validation: {used: validation, of: validation, why: ''},
    golden: {used: asked, of: golden, why: asked < golden ? `golden_rows: ${most}` : ''},
  };
}
