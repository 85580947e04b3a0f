/** How times, durations, counts and sums of money are written for people. */
export * from './figures.ts';
