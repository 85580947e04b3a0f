import type {Cell} from './cell.ts';

/** The gauntlet's gates. */
export function gateCells(): Cell[] {
  return [];
}
