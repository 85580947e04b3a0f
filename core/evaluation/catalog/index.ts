/** Metrics as reports show and gates name them. */
export * from './accuracy.ts';
export * from './bleu.ts';
export * from './catalog.ts';
export * from './chrf.ts';
export * from './class-metric.ts';
export * from './custom.ts';
export * from './engine.ts';
export * from './json-fields.ts';
export * from './judge.ts';
export * from './likelihood.ts';
export * from './macro-f1.ts';
export * from './metric.ts';
export * from './rouge.ts';
export * from './safety.ts';
export * from './score-samples.ts';
export * from './squad.ts';
export * from './text-metric.ts';
