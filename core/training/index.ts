/** Which rows a training takes, how many steps that is, and the trials and rungs of a sweep. */
export * from './choose-rows.ts';
export * from './steps.ts';
export * from './successive-halving.ts';
export * from './sweep-points.ts';
