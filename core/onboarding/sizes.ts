/** How a first project divides its rows, so that its gates can be decided. */
export interface Sizes {
  /** Shares of all rows, two decimals. */
  readonly golden: number;
  readonly validation: number;
  /** Rows that are expected in each. */
  readonly goldenRows: number;
  readonly validationRows: number;
  readonly trainRows: number;
  /** Rows that a training takes at most: more make a laptop's run long. */
  readonly trainedRows: number;
  readonly epochs: number;
}

/** Golden rows: a fifth of all, within these. Fewer decide hardly anything, more cost time in every gauntlet. */
const GOLDEN = [60, 300] as const;
const VALIDATION = [16, 64] as const;
/** A training of 480 rows takes some two and a half minutes on two cores (docs/bench.md). */
const MOST_TRAINED = 480;
/** A small set is gone through until so many rows have been seen. */
const ROWS_SEEN = 800;
const MOST_EPOCHS = 8;

export function planSizes(rows: number): Sizes {
  const golden = share(clamp(rows / 5, GOLDEN), rows, 0.4);
  const validation = share(clamp(rows / 12, VALIDATION), rows, 0.2);
  const goldenRows = Math.floor(rows * golden);
  const validationRows = Math.floor(rows * validation);
  const trainRows = Math.max(0, rows - goldenRows - validationRows);
  const trainedRows = Math.min(trainRows, MOST_TRAINED);
  const epochs = clamp(Math.floor(ROWS_SEEN / Math.max(1, trainedRows)), [1, MOST_EPOCHS]);
  return {golden, validation, goldenRows, validationRows, trainRows, trainedRows, epochs};
}

function share(wanted: number, rows: number, most: number): number {
  const exact = rows === 0 ? most : Math.min(most, wanted / rows);
  return Math.max(0.01, Math.round(exact * 100) / 100);
}

function clamp(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}
