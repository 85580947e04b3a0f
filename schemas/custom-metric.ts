import {z} from 'zod';

/** A metric of the project's own: what a TypeScript file computes of each answer, and what figures it gives. */
export const CustomMetric = z
  .strictObject({
    /** Relative to the YAML. Its default export gets an answer and returns a number, or null where it is of no use. */
    file: z
      .string()
      .regex(/^[^/\\].*\.ts$/, 'expected a TypeScript file, relative to the YAML: metrics/polite.ts'),
    /** Of these tasks; all that write text if missing. */
    tasks: z.array(z.string()).min(1).optional(),
    label: z.string().min(1).optional(),
    better: z.enum(['higher', 'lower']).default('higher'),
    /** Least and most of an answer's value: a gate's bounds rest on it. */
    range: z
      .tuple([z.number(), z.number()])
      .refine(([least, most]) => least < most, 'expected [least, most], the least first')
      .default([0, 1]),
    unit: z.enum(['share', 'points', 'number']).default('number'),
  })
  .refine(({unit, range: [least, most]}) => unit !== 'share' || (least >= 0 && most <= 1), {
    path: ['range'],
    message: 'expected a range within [0, 1] for the unit share',
  });
export type CustomMetric = z.infer<typeof CustomMetric>;
export type CustomMetrics = Readonly<Record<string, CustomMetric>>;
