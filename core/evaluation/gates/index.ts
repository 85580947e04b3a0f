/** Gates: what they measure, and how pass, fail and inconclusive are told apart. */
export * from './anchored-gates.ts';
export * from './balanced-measure.ts';
export * from './bounded-difference.ts';
export * from './clustered-share.ts';
export * from './corpus-measure.ts';
export * from './decide.ts';
export * from './figure.ts';
export * from './gate-names.ts';
export * from './implied-gates.ts';
export * from './likelihood-measure.ts';
export * from './mean-measure.ts';
export * from './measure.ts';
export * from './quantile-measure.ts';
export * from './rate-measure.ts';
export * from './unit.ts';
export * from './outlook.ts';
