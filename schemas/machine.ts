import {z} from 'zod';

/** A machine as a report names it: times and costs hold for it alone. Nothing that tells whose it is. */
export const Machine = z.strictObject({
  /** As the operating system names it: `AMD EPYC 7B13`; `unknown` where it doesn't. */
  cpu: z.string(),
  /** Logical cores that a process may use. */
  cores: z.int().positive(),
  /** Bytes. */
  memory: z.int().nonnegative(),
  /** `linux x64` */
  platform: z.string(),
});
export type Machine = z.infer<typeof Machine>;
