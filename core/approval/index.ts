/** Signed decisions: Ed25519 signatures over digests, and when a decision counts. */
export * from './check-decision.ts';
export * from './lifetime.ts';
export * from './shape.ts';
export * from './signature.ts';
export * from './act-shape.ts';
export * from './delegations.ts';
export * from './quorum.ts';
export * from './still-needed.ts';
