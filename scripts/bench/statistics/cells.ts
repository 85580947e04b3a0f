import type {Cell} from './cell.ts';
import {driftCells} from './drift-cells.ts';
import {gateCells} from './gate-cells.ts';
import {rolloutCells} from './rollout-cells.ts';

/** Every simulated decision, in the order of the table. */
export const CELLS: readonly Cell[] = [...gateCells(), ...rolloutCells(), ...driftCells()];
