/** Signed decisions: Ed25519 signatures over digests, and when a decision counts. */
export * from './judge.ts';
export * from './shape.ts';
export * from './signature.ts';
