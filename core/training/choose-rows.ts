/**
 * So many rows of a training set, in the given order within each part: of each class the same number, as far as the smallest
 * class goes (`classOf` null: classes do not matter), and in each class at most `feedbackShare` of what users said, unless
 * the other rows do not fill the rest. A set that is mostly the newest batch makes a model forget what it knew: old rows are
 * replayed beside new ones (experience replay, Rolnick et al. 2019, arXiv 1811.11682).
 */
export function chooseRows<T>(
  rows: readonly T[],
  how: {
    readonly wanted: number;
    readonly classOf: ((row: T) => string) | null;
    readonly isFeedback: (row: T) => boolean;
    /** Between 0 and 1. */
    readonly feedbackShare: number;
  },
): T[] {
  const {wanted, classOf, isFeedback, feedbackShare} = how;
  const classes = classOf === null ? [rows] : [...Map.groupBy(rows, classOf).values()];
  const each = rowsOfEach(
    classes.map((c) => c.length),
    wanted,
  );
  return classes.flatMap((c) => {
    const said = c.filter(isFeedback);
    const own = c.filter((row) => !isFeedback(row));
    const feedback = Math.min(said.length, Math.max(Math.round(feedbackShare * each), each - own.length));
    return [...said.slice(0, feedback), ...own.slice(0, each - feedback)];
  });
}

/** How many rows are taken of each of these classes: the same number, as far as the smallest goes. */
export function rowsOfEach(sizes: readonly number[], wanted: number): number {
  return Math.min(Math.floor(wanted / sizes.length), ...sizes);
}
