import {z} from 'zod';
import {groupBy} from '../../core/evaluation/group.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {sweep} from '../../schemas/stages/sweep.ts';
import {train} from '../../schemas/stages/train.ts';
import {TrainingResult} from '../../schemas/training.ts';
import {TrainingSet} from '../../schemas/training-set.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {onAnEngine} from '../engines/on-an-engine.ts';
import {PARITY_ROWS} from './parity-rows.ts';

/**
 * Nats a completion token, mean absolute difference of a task's rows. Measured on 24 rows of examples/mail, where the trainer
 * has the dequantised base in fp32 and the engine quantised activations: .045 to .078 a task with the right adapter, at most
 * .30 for one row; .87 to 9.5 with none.
 */
const TOLERANCE = 0.25;
/** Fewer rows of a task are judged as if the rest of so many were equal: rounding alone can move one row by more. */
const LEAST_ROWS = 4;

/** A line of validation.jsonl. */
const ValidationRow = z.looseObject({
  id: z.string(),
  task: z.string(),
  prompt: z.string(),
  completion: z.string(),
});
type ValidationRow = z.infer<typeof ValidationRow>;
/** A line of the trainer's out/scores.jsonl. */
const TrainerScore = z.looseObject({
  id: z.string(),
  task: z.string(),
  nll: z.number(),
  tokens: z.int().min(1),
});

/** A row's loss: nats, summed over the completion's tokens. */
interface Loss {
  readonly nll: number;
  readonly tokens: number;
}

/**
 * The adapter as the engine serves it against transformers + peft, on the same completions, row by row and task by task, so
 * that neither errors of opposite sign nor a task's few tokens vanish in a mean. Throws AdapterNotServed if a task differs by
 * more than TOLERANCE: what would be served is not what was trained.
 */
export const checkParity = stageActivity(
  [train, sweep],
  'cpu',
  {set: TrainingSet, trained: TrainingResult},
  async ({request, set, trained}, context, activity): Promise<NonNullable<TrainingResult['parity']>> => {
    const {artifacts} = context.stores;
    const rows = await parityRows(artifacts, set);
    const reference = await trainersLosses(artifacts, trained.scores, rows);
    const {adapter} = trained;
    // What an engine loads and proves, under a name of its own.
    const served = {project: request.project, digest: adapter.digest, adapter};
    const engine = await onAnEngine(context, request.operation, served, async (client, model) => {
      const losses: Loss[] = [];
      for (const [done, {prompt, completion}] of rows.entries()) {
        activity.progress({done, total: rows.length, unit: 'rows'});
        losses.push(await client.scoreCompletion({model, prompt, completion, signal: activity.signal}));
      }
      return losses;
    });
    const apart = rows.map(({task}, i) => ({
      task,
      difference: Math.abs(aToken(engine[i]!) - aToken(reference[i]!)),
    }));
    const differences: Record<string, number> = {};
    for (const [task, ofTask] of groupBy(apart, ({task}) => task)) {
      const sum = ofTask.reduce((total, {difference}) => total + difference, 0);
      differences[task] = sum / Math.max(ofTask.length, LEAST_ROWS);
      if (differences[task] <= TOLERANCE) continue;
      throw new RatchetError(
        'AdapterNotServed',
        `the engine's loss with the adapter differs from the trainer's by ${differences[task].toFixed(4)} nats a token on ${ofTask.length} validation rows of ${task}, expected at most ${TOLERANCE}: it would not serve what was trained`,
      );
    }
    return {
      reference: aToken(pooled(reference)),
      engine: aToken(pooled(engine)),
      rows: rows.length,
      differences,
      tolerance: TOLERANCE,
    };
  },
);

const aToken = ({nll, tokens}: Loss): number => nll / tokens;

function pooled(losses: readonly Loss[]): Loss {
  return losses.reduce((all, {nll, tokens}) => ({nll: all.nll + nll, tokens: all.tokens + tokens}));
}

/** The first PARITY_ROWS validation rows of each task, in the order of the file. */
async function parityRows(artifacts: Artifacts, set: TrainingSet): Promise<ValidationRow[]> {
  const rows: ValidationRow[] = [];
  const seen = new Map<string, number>();
  for await (const row of artifacts.lines(set.validation, ValidationRow)) {
    const before = seen.get(row.task) ?? 0;
    seen.set(row.task, before + 1);
    if (before < PARITY_ROWS) rows.push(row);
  }
  return rows;
}

/** Throws TrainerFailed unless these rows were scored, all of them and in their order. */
async function trainersLosses(
  artifacts: Artifacts,
  scores: ArtifactRef,
  rows: readonly ValidationRow[],
): Promise<Loss[]> {
  const losses: Loss[] = [];
  for await (const score of artifacts.lines(scores, TrainerScore)) {
    const row = rows[losses.length];
    if (row?.id !== score.id || row.task !== score.task) {
      const expected = row ? `row ${row.id} of ${row.task}` : `no more than ${rows.length} rows`;
      throw notThese(`line ${losses.length + 1} is row ${score.id} of ${score.task}, expected ${expected}`);
    }
    losses.push(score);
  }
  if (losses.length === 0 || losses.length < rows.length)
    throw notThese(`they are of ${losses.length} rows, expected ${rows.length}`);
  return losses;
}

function notThese(difference: string): RatchetError {
  return new RatchetError(
    'TrainerFailed',
    `the trainer's scores (out/scores.jsonl) are not those of each task's first validation rows: ${difference}`,
  );
}
