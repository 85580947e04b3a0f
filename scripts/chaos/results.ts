import {readFileSync} from 'node:fs';
import {rename, writeFile} from 'node:fs/promises';
import {z} from 'zod';

const Outcome = z.object({
  status: z.string(),
  dataset: z.string(),
  adapter: z.string(),
  release: z.string(),
  verdict: z.string(),
  samples: z.array(z.string()),
});
const Resumption = z.object({by: z.string(), seconds: z.number().nullable()});
const Blow = z.object({
  what: z.string(),
  at: z.string(),
  time: z.number(),
  until: z.number(),
  back: z.number().nullable(),
  resumed: Resumption.nullable(),
});
const Kept = z.object({
  /** Empty: as the undisturbed run, nothing repeated, nothing left, work went on in time. */
  wrong: z.array(z.string()),
  /** Why nothing can be said of it on this machine; null where something can. */
  inconclusive: z.string().nullable(),
  blows: z.array(Blow),
  told: z.string(),
  seconds: z.number(),
  outcome: Outcome.nullable(),
});
const Results = z.object({
  v: z.literal(2),
  /** Of the code that was run: results of another are not mixed with it. */
  code: z.string(),
  seed: z.string(),
  cases: z.record(z.string(), Kept),
});
export type KeptBlow = z.infer<typeof Blow>;
export type KeptCase = z.infer<typeof Kept>;
export type Results = z.infer<typeof Results>;

/** What was kept of this code and seed; nothing where there is none. Throws where the file is something else. */
export function readResults(file: string, code: string, seed: string): Results {
  const none: Results = {v: 2, code, seed, cases: {}};
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return none;
  }
  const kept = Results.parse(JSON.parse(text));
  return kept.code === code && kept.seed === seed ? kept : none;
}

export async function writeResults(file: string, results: Results): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(results, null, 2)}\n`);
  await rename(`${file}.part`, file);
}
