/** What changed between two windows of traffic, and when to retrain. */
export * from './blocks.ts';
export * from './breaker.ts';
export * from './columns.ts';
export * from './cycle.ts';
export * from './detect.ts';
export * from './energy.ts';
export * from './error-budget.ts';
export * from './observation.ts';
export * from './page-hinkley.ts';
