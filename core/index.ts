/**
 * Ratchet's algorithms as a library: pure functions without I/O, each with its source in its docstring.
 *
 * @example
 * import {curation, evaluation} from 'ratchet-llmops/core';
 * curation.scrub('call +1 650 253 0000', {entities: ['phone'], key: new Uint8Array(32)}).text;
 * evaluation.statistics.wilson(9, 10); // {low: 0.596, high: 0.982}
 */
export * as access from './access/index.ts';
export * as approval from './approval/index.ts';
export * as cost from './cost/index.ts';
export * as curation from './curation/index.ts';
export * as drift from './drift/index.ts';
export * as evaluation from './evaluation/index.ts';
export * as identity from './identity/index.ts';
export * as notify from './notify/index.ts';
export * as onboarding from './onboarding/index.ts';
export * as prompts from './prompts/index.ts';
export * as releases from './releases/index.ts';
export * as rollout from './rollout/index.ts';
export * as training from './training/index.ts';
export * as wording from './wording/index.ts';
