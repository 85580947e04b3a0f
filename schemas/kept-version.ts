import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';

/** What a version of the workflow code is called: Temporal's build ID. */
export const BuildId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/, 'expected 1 to 128 letters, digits and ._+-');
export type BuildId = z.infer<typeof BuildId>;

/** versions/PROJECT/BUILD.json: the workflow code that runs were started with, kept for as long as one of them is open. */
export const KeptVersion = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  build: BuildId,
  /** sha256 over the sources that it was bundled from. */
  sources: Digest,
  /** Version of Temporal's SDK in the bundle: only a worker of the same SDK can run it. */
  sdk: z.string(),
  bundle: ArtifactRef,
  at: z.string(),
  /** HMAC under the row key over all other fields: who can write to the store cannot put code into a worker. */
  seal: Digest,
});
export type KeptVersion = z.infer<typeof KeptVersion>;
