/** The steps of a rollout, the analysis between them, and which pointer move comes next. */
export * from './analysis.ts';
export * from './by-key.ts';
export * from './intervals.ts';
export * from './latency.ts';
export * from './looks.ts';
export * from './moves.ts';
export * from './quality.ts';
export * from './shares.ts';
export * from './steps.ts';
export * from './units.ts';
