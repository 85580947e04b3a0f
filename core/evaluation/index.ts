/** The gauntlet: metrics, statistics, probes, gates, verdict and report. */
export * as catalog from './catalog/index.ts';
export * as statistics from './statistics/index.ts';
export * as metrics from './metrics/index.ts';
export * as gates from './gates/index.ts';
export * as probes from './probes/index.ts';
export * as baselines from './baselines/index.ts';
export * as report from './report/index.ts';
export * from './assemble.ts';
export * from './policy-changes.ts';
export * from './verdict.ts';
export * from './selection/natural-shares.ts';
