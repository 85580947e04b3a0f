/** Traffic that repeats: what is asked at night is not what is asked by day. */
export const CYCLES = {none: 0, day: 86_400_000, week: 7 * 86_400_000} as const;
export type Cycle = keyof typeof CYCLES;

/** Half-open, in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A shorter current window is compared with at least so much of each period: few answers come in the same minute. */
const LEAST_MS = 3_600_000;

/**
 * The stretches of a reference of whole periods that lie at the same times of the period as the current window, oldest
 * first: an hour of today is compared with that hour of the reference's days. A current window of a period or longer is
 * compared with the whole reference.
 */
export function sameTimes(reference: Span, current: Span, period: number): Span[] {
  if (current.to - current.from >= period) return [reference];
  const from = Math.min(current.from, current.to - LEAST_MS);
  const spans: Span[] = [];
  for (let shift = Math.ceil((from - reference.to) / period); ; shift++) {
    const span = {
      from: Math.max(reference.from, from - shift * period),
      to: Math.min(reference.to, current.to - shift * period),
    };
    if (span.to <= reference.from) break;
    if (span.from < span.to) spans.unshift(span);
  }
  return spans;
}

/** How many whole periods a reference spans that begins with the first of these answers and holds `wanted` of them; null while there are too few. */
export function periodsFor(times: readonly number[], wanted: number, period: number): number | null {
  const last = times[wanted - 1];
  return last === undefined ? null : Math.floor((last - times[0]!) / period) + 1;
}
