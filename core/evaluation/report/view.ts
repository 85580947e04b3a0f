import type {Contributions} from '../../../schemas/dataset.ts';
import type {Estimate} from '../../../schemas/artifact.ts';
import type {Bill} from '../../../schemas/cost.ts';
import type {Machine} from '../../../schemas/machine.ts';
import type {Report, Sample} from '../../../schemas/report.ts';
import type {RowCounts, SweepRecord} from '../../../schemas/training.ts';
import type {PartsDiff} from '../../releases/release-diff.ts';
import type {MeasuredSample, Metric, TaskShape} from '../catalog/metric.ts';
import type {Occasion} from '../verdict.ts';

/** What a release is beside others: without any task, the bare base that no gate has judged, or made by a run. */
export type Standing = 'empty' | 'bare' | 'judged';

/** A release as a reader needs to tell it from others. */
export interface ReleaseView {
  readonly digest: string;
  readonly standing: Standing;
  /** Its models, in words; '' of one that answers nothing. */
  readonly base: string;
  /** The base model's id on the Hugging Face Hub; null where it has none that is known. */
  readonly hub: string | null;
  /** Null without one. */
  readonly adapter: string | null;
  /** Digest of the dataset the adapter was trained on. */
  readonly trainedOn: string | null;
}

export interface TaskView extends TaskShape {
  readonly prompt: string;
}

/** What the trainer said while it trained: loss a step. */
export interface TrainingView {
  readonly steps: number;
  /** Rows that it was given, by task and label; null where an earlier version trained. */
  readonly rows: {readonly train: RowCounts; readonly validation: RowCounts} | null;
  /** ISO times of its first and last event; null without any. */
  readonly began: string | null;
  readonly ended: string | null;
  /** Of the worker; null where an earlier version trained. */
  readonly machine: Machine | null;
  /** `cpu`, or the GPU's name. */
  readonly device: string;
  /** CPU seconds of the trainer's processes; null where it did not say. */
  readonly cpuSeconds: number | null;
  readonly train: readonly CurvePoint[];
  readonly validation: readonly CurvePoint[];
  /** The settings that matter, as name → value. */
  readonly settings: Readonly<Record<string, string>>;
  /** How these settings were found; null where nothing was searched for. */
  readonly sweep: SweepRecord | null;
}
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
}

/** The dataset behind the candidate. */
export interface DataView {
  readonly rowsIn: number;
  readonly rowsKept: number;
  readonly splits: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, number>>;
  /** Personal data replaced in the rows that were kept: occurrences by kind, several in one row counted each. */
  readonly scrubbed: Readonly<Record<string, number>>;
  readonly sources: readonly {readonly name: string; readonly uri: string; readonly rows: number}[];
  /** Who contributed how much of what users said; missing where no feedback was read. */
  readonly feedback?: Contributions | undefined;
}

/** Who made the report, when, and with what. */
export interface OriginView {
  /** Ratchet's version and the first digits of its gauntlet's code version. */
  readonly version: string;
  /** The run that asked for it first; null where it is not known. */
  readonly run: {readonly id: string; readonly startedBy: string; readonly startedAt: string} | null;
}

/** Answers of one release to one task that were given together. */
export interface AskedView {
  readonly task: string;
  readonly answers: number;
  /** ISO times, UTC. */
  readonly from: string;
  readonly to: string;
  /** `embedded`, or the hosts of the servers that answered. */
  readonly engine: string;
  /** Of the worker that asked: the embedded engine's too. */
  readonly machine: Machine;
}

/** What stages took until the report was made, beside what was expected of them. */
export interface CostsView {
  readonly currency: string;
  readonly stages: readonly {
    readonly stage: string;
    readonly estimate: {readonly bill: Bill; readonly basis: string; readonly rough: boolean} | null;
    readonly actual: Bill;
  }[];
  /** Prices and powers that the figures are reckoned by. */
  readonly basis: readonly string[];
}

/** A release that was stable once, and what the gauntlet measured of it then. */
export interface WayView {
  readonly release: string;
  /** When it was measured (ISO, UTC). */
  readonly at: string;
  readonly metrics: Readonly<Record<string, Estimate>>;
}

/** Everything a report page is made of. Pure data: the same view gives the same bytes. */
export interface ReportView {
  readonly report: Report;
  readonly description: string;
  readonly occasion: Occasion;
  readonly catalog: ReadonlyMap<string, Metric>;
  readonly currency: string;
  readonly releases: Readonly<Record<'candidate' | 'stable' | 'base', ReleaseView>>;
  /** From stable to the candidate: what a decision is about. */
  readonly diff: PartsDiff;
  readonly tasks: Readonly<Record<string, TaskView>>;
  readonly samples: Readonly<Record<'candidate' | 'stable', readonly MeasuredSample[]>>;
  /** `task/item` → what the model was shown of it, scrubbed; for the failures that one can read. */
  readonly inputs: ReadonlyMap<string, string>;
  /** `task/item` of each attack that worked on the candidate → its text; the project's own probes, nobody's data. */
  readonly attacks: ReadonlyMap<string, string>;
  /** An injection's item → the task whose row carried it. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly origin: OriginView;
  readonly asked: Readonly<Record<'candidate' | 'stable', readonly AskedView[]>>;
  /** Releases that were stable from the anchor on, oldest first, as their own reports measured them; none without an anchor. */
  readonly since?: readonly WayView[];
  /** Rows that the baselines learned each task from, by label. */
  readonly baselinesTrainedOn: RowCounts;
  readonly training: TrainingView | null;
  readonly data: DataView | null;
  readonly costs: CostsView | null;
}

/** General text that became less likely. NLL a token, in nats. */
export interface Forgotten {
  readonly item: string;
  readonly text: string;
  readonly stable: number;
  readonly candidate: number;
}

export function forgottenOf({samples, inputs}: ReportView, most: number): Forgotten[] {
  const perToken = (sample: Sample): number => sample.scores.nll! / sample.scores.tokens!;
  const general = (all: readonly Sample[]): Sample[] =>
    all.filter((sample) => sample.task === 'general' && sample.error === null);
  const stable = new Map(general(samples.stable).map((sample) => [sample.item, perToken(sample)]));
  return general(samples.candidate)
    .flatMap((sample): Forgotten[] => {
      const before = stable.get(sample.item);
      if (before === undefined) return [];
      const text = `${inputs.get(`general/${sample.item}`) ?? ''}${sample.expected ?? ''}`;
      return [{item: sample.item, text, stable: before, candidate: perToken(sample)}];
    })
    .sort((a, b) => b.candidate - b.stable - (a.candidate - a.stable))
    .slice(0, most);
}
