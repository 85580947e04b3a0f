/** Digests and names: canonical JSON (RFC 8785), sha256 over rows, datasets and releases, trace ids. */
export * from './canonical-json.ts';
export * from './dataset-digest.ts';
export * from './digest.ts';
export * from './hmac.ts';
export * from './release-digest.ts';
export * from './row-digest.ts';
export * from './trace-id.ts';
