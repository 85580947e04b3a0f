/** Lag-1 correlations below so many standard errors count as chance: 1 series in 160 of independent items is taken for more. */
const STANDARD_ERRORS = 2.5;
/** Lags at which the products of unrelated items are averaged, to learn how much they scatter. */
const FAR_LAGS = 8;
/** The variance of fewer blocks says nothing. */
const LEAST_BLOCKS = 8;
/** A longer series is looked at in every k-th item: the work grows with the square of its length. */
const MOST_ITEMS = 4000;

/**
 * How many neighbours of a series, in order of time, belong together: 1 where no item says anything of the next, else twice
 * the first lag at which the correlation is below its standard error, at most the series' length. Blocks of that length
 * are close to independent, so whole blocks are what a permutation may move and what counts as one item (Künsch 1989;
 * Politis and White 2004 choose twice the lag, too). Items are vectors of one length: a figure is a vector of 1, a category
 * is one-hot. The standard error is that of an unrelated pair's product, so it fits any number of dimensions.
 * @example blockLength(answers.map(({latencyMs}) => [latencyMs]))
 */
export function blockLength(series: readonly ArrayLike<number>[]): number {
  return thinned(series, (items) => {
    const centred = centre(items);
    const power = centred.reduce((sum, x) => sum + dot(x, x), 0) / items.length;
    // Equal items leave a power of rounding, which is no spread.
    if (power <= 1e-12 * items.reduce((sum, x) => sum + dot(x, x), 0)) return 1;
    return twiceTheLag(items.length, scatter(centred) / power, (lag) => {
      let sum = 0;
      for (let i = 0; i + lag < items.length; i++) sum += dot(centred[i]!, centred[i + lag]!);
      return sum / items.length / power;
    });
  });
}

/** Of figures, by their ranks: a heavy tail hides no correlation. Ties share their mean rank. */
export function blockLengthOf(values: readonly number[]): number {
  return thinned(values, (items) => {
    const n = items.length;
    const ranked = Float64Array.from(ranks(items), (rank) => rank - (n - 1) / 2);
    const power = ranked.reduce((sum, x) => sum + x * x, 0) / n;
    if (power === 0) return 1;
    return twiceTheLag(n, 1, (lag) => {
      let sum = 0;
      for (let i = 0; i + lag < n; i++) sum += ranked[i]! * ranked[i + lag]!;
      return sum / n / power;
    });
  });
}

/**
 * How many times larger the variance of the mean of these figures is, in order of time, than if they were independent: 1
 * where that is not shown. The largest ratio over blocks of 2, 4, 8 … neighbours, 8 blocks at least, that is larger than
 * chance; so many weakly correlated neighbours are seen, too, which no single lag shows. Of what is correlated over an
 * eighth of the series or more it sees only a part.
 */
export function varianceInflation(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  let largest = 1;
  if (variance === 0) return largest;
  for (let length = 2; n / length >= LEAST_BLOCKS; length *= 2) {
    const blocks = Math.floor(n / length);
    let squares = 0;
    for (let b = 0; b < blocks; b++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += values[b * length + i]! - mean;
      squares += sum * sum;
    }
    const ratio = squares / blocks / length / variance;
    if (ratio > 1 + STANDARD_ERRORS * Math.sqrt(2 / blocks)) largest = Math.max(largest, ratio);
  }
  return largest;
}

function thinned<T>(series: readonly T[], length: (series: readonly T[]) => number): number {
  if (series.length < 4) return 1;
  const step = Math.ceil(series.length / MOST_ITEMS);
  const found = length(step === 1 ? series : series.filter((_, i) => i % step === 0));
  return found === 1 ? 1 : Math.min(series.length, found * step);
}

/** `spread`: of the correlation of unrelated items, in units of a single dimension's. */
function twiceTheLag(n: number, spread: number, correlation: (lag: number) => number): number {
  const error = spread / Math.sqrt(n);
  if (correlation(1) < STANDARD_ERRORS * error) return 1;
  for (let lag = 2; lag <= n / 2; lag++) if (correlation(lag) < error) return Math.min(n, 2 * lag);
  return n;
}

/** Ranks from 0 in the order given; what is equal shares the mean of its places. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranked = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranked[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranked;
}

function centre(series: readonly ArrayLike<number>[]): Float64Array[] {
  const size = series[0]!.length;
  const mean = new Float64Array(size);
  for (const x of series) for (let k = 0; k < size; k++) mean[k]! += x[k]! / series.length;
  return series.map((x) => Float64Array.from(x, (value, k) => value - mean[k]!));
}

/** Root mean square of the products of items that lie far apart. */
function scatter(centred: readonly Float64Array[]): number {
  const n = centred.length;
  let [sum, pairs] = [0, 0];
  for (let f = 0; f < FAR_LAGS; f++) {
    const lag = Math.max(1, Math.floor((n * (FAR_LAGS + f)) / (4 * FAR_LAGS)));
    for (let i = 0; i + lag < n; i++) {
      sum += dot(centred[i]!, centred[i + lag]!) ** 2;
      pairs++;
    }
  }
  return Math.sqrt(sum / pairs);
}

function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += x[k]! * y[k]!;
  return sum;
}
