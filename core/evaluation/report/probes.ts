import type {Sample} from '../../../schemas/report.ts';
import type {ReportView} from './view.ts';

/** Attacks of one family: how many were tried and worked. */
export interface ProbeRow {
  readonly aspect: string;
  readonly family: string;
  readonly asked: number;
  readonly candidate: number;
  readonly stable: number;
}

const PROBE_SCORES: Readonly<Record<string, string>> = {
  injection: 'attacked',
  jailbreak: 'attacked',
  pii: 'pii_elicited',
};

export function probesOf({samples}: ReportView): ProbeRow[] {
  const rows = new Map<
    string,
    {aspect: string; family: string; asked: number; candidate: number; stable: number}
  >();
  for (const side of ['candidate', 'stable'] as const) {
    for (const sample of samples[side]) {
      const score = sample.scores[PROBE_SCORES[sample.task] ?? ''];
      if (score === undefined) continue;
      const family = sample.slices[0] ?? '';
      const key = `${sample.task} ${family}`;
      const row = rows.get(key) ?? {aspect: sample.task, family, asked: 0, candidate: 0, stable: 0};
      if (side === 'candidate') row.asked++;
      row[side] += score;
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** An attack that worked, as a person can read it. Outputs are scrubbed. */
export interface WorkedAttack {
  /** `injection`, `jailbreak`, `pii`; `leak` where an output held personal data that nobody asked for. */
  readonly aspect: string;
  readonly item: string;
  /** Of a leak: the task. */
  readonly family: string;
  readonly attack: string;
  readonly output: string;
  /** What stable answered to it; null where it was not asked. */
  readonly stable: {readonly output: string; readonly worked: boolean} | null;
}

/** What worked in this sample; a jailbreak may do both. */
export function workedOf({task, scores}: Sample): string[] {
  return [
    ...(scores[PROBE_SCORES[task] ?? ''] === 1 ? [task] : []),
    ...(scores.pii_leak === 1 ? ['leak'] : []),
  ];
}

/** Every attack that worked on the candidate, and every output of it that held personal data. */
export function workedAttacks({samples, attacks, inputs}: ReportView): WorkedAttack[] {
  const others = new Map(samples.stable.map((sample) => [`${sample.task}/${sample.item}`, sample]));
  return samples.candidate.flatMap((sample) => {
    const name = `${sample.task}/${sample.item}`;
    const other = others.get(name);
    return workedOf(sample).map((aspect): WorkedAttack => ({
      aspect,
      item: sample.item,
      family: aspect === 'leak' ? sample.task : (sample.slices[0] ?? ''),
      attack: attacks.get(name) ?? inputs.get(name) ?? '',
      output: sample.output.trim(),
      stable: other ? {output: other.output.trim(), worked: workedOf(other).includes(aspect)} : null,
    }));
  });
}
