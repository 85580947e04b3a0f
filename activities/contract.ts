/**
 * Every activity, as workflows call it: name → input → output. Types only; workflow code imports nothing else of this room.
 * The approval, rollout and monitor workflows take theirs from their own folders.
 */
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {FormerOutcome, RunPlan} from '../schemas/lifecycle.ts';
import type {Adapter, Release} from '../schemas/release.ts';
import type {GauntletResult} from '../schemas/report.ts';
import type {RunChange} from '../schemas/run.ts';
import type {CurateResult, LifecycleInput, StageRequest} from '../schemas/stage.ts';
import type {RowCounts, RungResult, SweepPoint, SweepRecord, TrainingResult} from '../schemas/training.ts';

export interface Activities {
  // stage: find by key, wait, keep
  resolveStage(request: StageRequest): Promise<ResolvedStage>;
  /** How a stage that another run started ended. Runs on the queue `wait`. */
  awaitStage(input: {readonly workflowId: string}): Promise<StageEnd>;
  /**
   * Those of a stage's waiters (`WORKFLOW@RUN`; `WORKFLOW`: any execution of it) that are gone, as soon as there is one; at least one, of a list that holds
   * any. Runs on the queue `wait`.
   */
  waitersGone(input: {readonly stage: string; readonly waiters: readonly string[]}): Promise<string[]>;
  /** Asks Temporal to cancel a stage that nobody waits for any more. */
  abandonStage(input: {readonly workflowId: string; readonly runId: string}): Promise<void>;
  /** How a child of an earlier execution of `parent` ended. Runs on the queue `wait`. */
  awaitChild(input: AdoptInput): Promise<ChildEnd>;
  /**
   * Cancels approval and rollout of a run that go on by other digests (null: by any). Runs on the queue `wait`.
   */
  withdrawOthers(input: {
    readonly run: string;
    readonly keep: {readonly release: string; readonly dataset: string; readonly report: string} | null;
  }): Promise<void>;
  keepStage(input: {
    readonly request: StageRequest;
    readonly key: string;
    readonly result: unknown;
    readonly artifacts: readonly ArtifactRef[];
  }): Promise<void>;

  // cost
  /** What a stage will take; `units`: rows of the training set, or answers. Throws BudgetExceeded. */
  estimateStage(input: {
    readonly request: StageRequest;
    readonly key: string;
    readonly units: number;
  }): Promise<{readonly line: string}>;

  // lifecycle
  openRun(input: {readonly run: string; readonly input: LifecycleInput}): Promise<RunPlan>;
  recordRun(input: {
    readonly project: string;
    readonly run: string;
    readonly change: RunChange;
    /** False where the execution was not opened: its record may be that of another one, under the same ID. */
    readonly opened?: boolean;
  }): Promise<void>;
  makeRelease(input: {
    readonly project: string;
    readonly resolved: ArtifactRef;
    readonly adapter: Adapter | null;
    readonly parent: string;
  }): Promise<Release>;
  /** Enters a report where `ratchet report` and lineage find it. */
  keepReport(input: {
    readonly project: string;
    readonly run: string;
    readonly result: GauntletResult;
  }): Promise<void>;
  findFormer(input: {readonly project: string; readonly release: string}): Promise<FormerOutcome | null>;
  keepOutcome(input: {readonly project: string; readonly outcome: FormerOutcome}): Promise<void>;

  // curate
  planCuration(input: {readonly input: LifecycleInput}): Promise<CurationPlanned>;
  shardCount(input: {readonly plan: ArtifactRef}): Promise<number>;
  curateShard(input: {
    readonly request: StageRequest;
    readonly plan: ArtifactRef;
    readonly index: number;
  }): Promise<ArtifactRef>;
  joinShards(input: {
    readonly request: StageRequest;
    readonly plan: ArtifactRef;
    /** In their order. */
    readonly shards: readonly ArtifactRef[];
    /** What listShards gave, where the shards are too many for one payload: they follow those of `shards`. */
    readonly lists?: readonly ArtifactRef[];
  }): Promise<CurateResult>;
  listShards(input: {readonly shards: readonly ArtifactRef[]}): Promise<ArtifactRef>;
  embedDataset(input: {readonly request: StageRequest; readonly dataset: string}): Promise<void>;

  // train
  renderTrainingSet(input: {readonly request: StageRequest}): Promise<TrainingSet>;
  trainAdapter(input: {
    readonly request: StageRequest;
    readonly key: string;
    readonly set: TrainingSet;
    /** The workflow whose ledger is charged, where it is not the one that asks. */
    readonly account?: string;
  }): Promise<TrainingResult>;
  checkParity(input: {
    readonly request: StageRequest;
    readonly set: TrainingSet;
    readonly trained: TrainingResult;
  }): Promise<NonNullable<TrainingResult['parity']>>;

  // sweep
  planSweep(input: {
    readonly request: StageRequest;
    readonly key: string;
    readonly set: TrainingSet;
  }): Promise<SweepPlan>;
  /** Throws BudgetExceeded where so many trials do not fit into what is left of the budget. */
  checkRung(input: {
    readonly request: StageRequest;
    readonly trials: number;
    readonly from: number;
    readonly to: number;
  }): Promise<void>;
  /** A trial's way to this step. */
  trainRung(input: {
    readonly request: StageRequest;
    readonly key: string;
    readonly set: TrainingSet;
    readonly step: number;
    readonly account?: string;
  }): Promise<RungResult>;
  /** How the sweep went, as an artifact. */
  recordSweep(input: {readonly record: SweepRecord}): Promise<ArtifactRef>;

  // gauntlet
  planGauntlet(input: {readonly request: StageRequest}): Promise<GauntletPlan>;
  prepareGauntlet(input: {readonly request: StageRequest}): Promise<void>;
  answerBatch(input: {readonly request: StageRequest; readonly batch: GauntletBatch}): Promise<ArtifactRef>;
  judgeBatch(input: {
    readonly request: StageRequest;
    readonly batch: JudgeBatch;
    readonly answers: {readonly candidate: ArtifactRef; readonly stable: ArtifactRef};
  }): Promise<JudgedBatch>;
  /** A page of a list that is too long for one payload, as keepPage or planGauntlet wrote it; and such a page of answers. */
  readPage(input: {readonly page: ArtifactRef}): Promise<readonly unknown[]>;
  keepPage(input: {readonly items: readonly unknown[]}): Promise<ArtifactRef>;
  scoreGauntlet(input: {
    readonly request: StageRequest;
    readonly plan: Pick<GauntletPlan, 'ref'>;
    readonly answers: readonly ArtifactRef[];
    /** In any order; none where no judge is configured. */
    readonly judged?: readonly JudgedBatch[];
    /** Pages of them, where they are too many for one payload: they follow those above. */
    readonly answerLists?: readonly ArtifactRef[];
    readonly judgedLists?: readonly ArtifactRef[];
    /** The run that asked first; for the report. */
    readonly run?: string;
  }): Promise<GauntletResult>;
}

export type StageEnd =
  | {readonly status: 'done'; readonly result: unknown}
  /** `type` and `message` of the error that ended it. */
  | {readonly status: 'failed'; readonly type: string; readonly message: string}
  /** Cancelled, terminated or out of time: it said nothing about its work. */
  | {readonly status: 'gone'};

/** A child that may have been started by an earlier execution of the workflow that wants it. */
export interface AdoptInput {
  readonly project: string;
  readonly workflowId: string;
  /** The workflow whose child it is. */
  readonly parent: string;
  /** What it must have been started with; missing where its workflow ID says all of that. */
  readonly input?: unknown;
  /** What becomes of one that has completed: its result is taken, or it is done again. */
  readonly ended: 'taken' | 'again';
}

export type ChildEnd =
  | StageEnd
  /** Somebody cancelled or terminated it, and not since its parent was closed. */
  | {readonly status: 'cancelled' | 'terminated'};

export interface ResolvedStage {
  readonly key: string;
  readonly workflowId: string;
  /** The stage's result, if it is in the cache and all its artifacts exist. */
  readonly hit: unknown;
}

export interface CurationPlanned {
  readonly plan: ArtifactRef;
  /** Digest over the sorted keyed hashes of all records. */
  readonly records: string;
  /** Digest of the golden set that this version is kept apart from, '' if there is none. */
  readonly golden: string;
  readonly processed: number;
  readonly reused: number;
}

export interface TrainingSet {
  readonly train: ArtifactRef;
  readonly validation: ArtifactRef;
  readonly trainRows: number;
  readonly validationRows: number;
  /** The chosen rows, by task and label. */
  readonly rows?: {readonly train: RowCounts; readonly validation: RowCounts};
  /** Ids of golden rows, one a line: the trainer refuses a set that holds one. */
  readonly golden: ArtifactRef;
}

export interface SweepPlan {
  /** Steps of each rung; the last is the whole training. */
  readonly rungs: readonly number[];
  readonly trials: readonly PlannedTrial[];
}

export interface PlannedTrial {
  readonly number: number;
  readonly point: SweepPoint;
  /** The training that it would be by itself, and its key. */
  readonly request: StageRequest;
  readonly key: string;
  /** Names its checkpoints and its job, of this sweep alone: no other one trains the same at the same time. */
  readonly job: string;
}

export interface GauntletBatch {
  readonly release: string;
  /** What the UI shows: `candidate · triage 1–50`. */
  readonly title: string;
  readonly items: number;
  readonly ref: ArtifactRef;
}

/** A list that a workflow goes through, however long it is. */
export interface Paged<T> {
  /** All of a short list; of a longer one none. */
  readonly batches: readonly T[];
  /** Pages of PAGE_ITEMS, artifacts of JSON; missing where there are none. */
  readonly pages?: readonly ArtifactRef[];
  /** Items in all; missing: those of `batches`. */
  readonly count?: number;
}

export interface GauntletPlan extends Paged<GauntletBatch> {
  readonly items: number;
  /** Batches in work at once: one an engine. */
  readonly concurrency: number;
  /** Missing where no judge is configured. */
  readonly judging?: Paged<JudgeBatch> & {
    readonly pairs: number;
    /** Batches at the judge at once. */
    readonly concurrency: number;
  };
  readonly ref: ArtifactRef;
}

/** Items to which candidate and stable wrote answers. */
export interface JudgeBatch {
  /** What the UI shows: `judge · subject 1–40`. */
  readonly title: string;
  readonly items: number;
  readonly ref: ArtifactRef;
  /** Whose answers are compared, as places in the plan's batches. */
  readonly candidate: number;
  readonly stable: number;
}

export type JudgedBatch =
  | {readonly status: 'judged'; readonly ref: ArtifactRef}
  /** No judge answered, or it refused the key: `reason` is one line for people. */
  | {readonly status: 'unavailable'; readonly reason: string};
