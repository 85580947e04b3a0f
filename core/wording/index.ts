/** How times, durations, counts, estimates and sums of money are written for people. */
export * from './estimate.ts';
export * from './figures.ts';
