import type {Cell} from './cell.ts';
import {gateCells} from './gate-cells.ts';

/** Every simulated decision, in the order of the table. */
export const CELLS: readonly Cell[] = [...gateCells()];
