/** Who may do what: roles, signed acts, policies; tokens and rates of gateway keys. */
export * from './bearer.ts';
export * from './json-bounds.ts';
export * from './check-act.ts';
export * from './key-state.ts';
export * from './loopback.ts';
export * from './policy.ts';
export * from './rights.ts';
export * from './signed-act.ts';
export * from './token-bucket.ts';
export * from './token.ts';
