import {z} from 'zod';

/** sha256 in lower-case hex, 64 digits. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a sha256: 64 lower-case hex digits');
export type Digest = z.infer<typeof Digest>;

/** Immutable bytes. `uri` is where they are now (relative to the store: `artifacts/sha256/ab/abcd…`); `sha256` is what they are. */
export const ArtifactRef = z.strictObject({
  uri: z.string().min(1),
  sha256: Digest,
  bytes: z.int().nonnegative(),
  mediaType: z.string().min(1),
});
export type ArtifactRef = z.infer<typeof ArtifactRef>;

/** A point estimate with its two-sided 95 % interval over `n` items. */
export const Estimate = z.strictObject({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  n: z.int().nonnegative(),
});
export type Estimate = z.infer<typeof Estimate>;
