import {defineQuery, setCurrentDetails, setHandler} from '@temporalio/workflow';
import type {RunStage} from '../schemas/run.ts';
import {rootMessage} from './root-message.ts';
import {PROGRESS, type LifecycleProgress, type StageProgress, type StageStatus} from '../schemas/messages.ts';

const MARKS: Record<StageStatus, string> = {
  waiting: '○',
  running: '▶',
  done: '●',
  cached: '●',
  failed: '✗',
  skipped: '–',
};

/** What a run shows of itself: the `progress` query for the CLI, current details for the Temporal UI. */
export class Board {
  status: LifecycleProgress['status'] = 'running';
  /** The stage that failed, or was under way when the run was cancelled. */
  failed: string | null = null;
  private readonly stages: Map<string, StageProgress>;

  constructor(names: readonly string[]) {
    this.stages = new Map(names.map((stage) => [stage, {stage, status: 'waiting'}]));
    setHandler(defineQuery<LifecycleProgress>(PROGRESS), () => ({
      status: this.status,
      stages: [...this.stages.values()],
    }));
    this.show();
  }

  set(stage: string, change: Partial<StageProgress>): void {
    this.stages.set(stage, {...this.stages.get(stage)!, ...change});
    this.show();
  }

  /** Runs a stage and keeps its times; `describe` says in a few words what came out. */
  async during<T>(
    stage: string,
    body: () => Promise<T>,
    describe: (result: T) => {status: StageStatus; note: string},
  ): Promise<T> {
    this.set(stage, {status: 'running', startedAt: new Date(Date.now()).toISOString()});
    try {
      const result = await body();
      this.set(stage, {...describe(result), endedAt: new Date(Date.now()).toISOString()});
      return result;
    } catch (error) {
      const note = rootMessage(error);
      this.set(stage, {status: 'failed', note, endedAt: new Date(Date.now()).toISOString()});
      this.status = 'failed';
      this.failed = stage;
      throw error;
    }
  }

  /** A stage as the run's record in the store keeps it. */
  record(
    stage: string,
    more: {readonly key?: string; readonly cached?: boolean} = {},
  ): Record<string, RunStage> {
    const {status, startedAt, endedAt, note} = this.stages.get(stage)!;
    return {
      [stage]: {
        status: status === 'cached' ? 'done' : status,
        startedAt: startedAt ?? new Date(Date.now()).toISOString(),
        endedAt: endedAt ?? null,
        cached: status === 'cached',
        ...(note === undefined ? {} : {note}),
        ...more,
      },
    };
  }

  /** Seconds each finished stage took. */
  seconds(): Record<string, number> {
    const entries = [...this.stages.values()].flatMap((s) =>
      s.startedAt && s.endedAt
        ? [[s.stage, (Date.parse(s.endedAt) - Date.parse(s.startedAt)) / 1000] as const]
        : [],
    );
    return Object.fromEntries(entries);
  }

  private show(): void {
    const lines = [...this.stages.values()].map(
      (s) => `${MARKS[s.status]} **${s.stage}**: ${s.status}${s.note ? `. ${s.note}` : ''}`,
    );
    setCurrentDetails(lines.join('  \n'));
  }
}
