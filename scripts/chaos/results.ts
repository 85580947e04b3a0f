import {readFileSync} from 'node:fs';
import {rename, writeFile} from 'node:fs/promises';
import {z} from 'zod';

const Outcome = z.object({
  ...{status: z.string(), dataset: z.string(), adapter: z.string(), release: z.string(), verdict: z.string()},
  samples: z.array(z.string()),
});
const Blow = z.object({victim: z.string(), at: z.string(), time: z.number(), back: z.number().nullable()});
const Kept = z.object({
  /** Empty: as the undisturbed run, nothing repeated, nothing left. */
  wrong: z.array(z.string()),
  blows: z.array(Blow),
  seconds: z.number(),
  outcome: Outcome.nullable(),
});
const Results = z.object({
  v: z.literal(1),
  /** Of the code that was run: results of another are not mixed with it. */
  code: z.string(),
  seed: z.string(),
  cases: z.record(z.string(), Kept),
});
export type KeptCase = z.infer<typeof Kept>;
export type Results = z.infer<typeof Results>;

/** What was kept of this code and seed; nothing where there is none. Throws where the file is something else. */
export function readResults(file: string, code: string, seed: string): Results {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return {v: 1, code, seed, cases: {}};
  }
  const kept = Results.parse(JSON.parse(text));
  return kept.code === code && kept.seed === seed ? kept : {v: 1, code, seed, cases: {}};
}

export async function writeResults(file: string, results: Results): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(results, null, 2)}\n`);
  await rename(`${file}.part`, file);
}
