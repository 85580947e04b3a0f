import {z} from 'zod';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {Artifacts} from '../../stores/artifacts.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities, TrainingSet} from '../contract.ts';
import {onAnEngine} from '../engines/engines.ts';
import {composeRelease} from '../lifecycle/base-release.ts';
import {PARITY_ROWS} from './parity-rows.ts';

/** Nats a completion token: dequantised bf16/fp32 against the quantised base differ by rounding, not by more. */
const TOLERANCE = 0.1;

/** A line of validation.jsonl. */
const Row = z.looseObject({id: z.string(), task: z.string(), prompt: z.string(), completion: z.string()});
type Row = z.infer<typeof Row>;
/** A line of the trainer's out/scores.jsonl. */
const TrainerScore = z.looseObject({
  id: z.string(),
  task: z.string(),
  nll: z.number(),
  tokens: z.int().min(1),
});

/**
 * The GGUF adapter on the engine against transformers + peft, on the same completions: the mean NLL a token must be equal
 * within TOLERANCE. Throws AdapterNotServed if it is not: what would be served is not what was trained.
 */
export async function checkParity(
  {request, set, trained}: Parameters<Activities['checkParity']>[0],
  context: ActivityContext,
  activity: Activity,
): ReturnType<Activities['checkParity']> {
  const {artifacts} = context.stores;
  const resolved = await artifacts.getJson(request.resolved, ResolvedProject);
  const rows = await parityRows(artifacts, set);
  const reference = await trainersLoss(artifacts, trained.scores, rows);
  const release = await composeRelease(resolved, trained.adapter, null);
  const engine = await onAnEngine(context, resolved.config, release, async (client, model) => {
    let nll = 0;
    let tokens = 0;
    for (const [done, {prompt, completion}] of rows.entries()) {
      activity.progress({done, total: rows.length, unit: 'rows'});
      const score = await client.scoreCompletion({model, prompt, completion, signal: activity.signal});
      nll += score.nll;
      tokens += score.tokens;
    }
    return nll / tokens;
  });
  const parity = {reference, engine, rows: rows.length, tolerance: TOLERANCE};
  if (!(Math.abs(engine - reference) <= TOLERANCE)) {
    throw new RatchetError(
      'AdapterNotServed',
      `the GGUF adapter's loss on ${rows.length} validation rows is ${engine.toFixed(4)} nats a token, the trainer's is ${reference.toFixed(4)}: more than ${TOLERANCE} apart, so it would not serve what was trained`,
    );
  }
  return parity;
}

async function parityRows(artifacts: Artifacts, set: TrainingSet): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of artifacts.lines(set.validation, Row)) {
    rows.push(row);
    if (rows.length === PARITY_ROWS) break;
  }
  return rows;
}

/** Mean nats a completion token. Throws TrainerFailed unless these rows were scored, all of them and in their order. */
async function trainersLoss(
  artifacts: Artifacts,
  scores: ArtifactRef,
  rows: readonly Row[],
): Promise<number> {
  let nll = 0;
  let tokens = 0;
  let done = 0;
  for await (const score of artifacts.lines(scores, TrainerScore)) {
    const row = rows[done];
    if (row?.id !== score.id || row.task !== score.task) {
      const expected = row ? `row ${row.id} of ${row.task}` : `no more than ${rows.length} rows`;
      throw notThese(`line ${done + 1} is row ${score.id} of ${score.task}, expected ${expected}`);
    }
    nll += score.nll;
    tokens += score.tokens;
    done += 1;
  }
  if (done === 0 || done < rows.length) throw notThese(`they are of ${done} rows, expected ${rows.length}`);
  return nll / tokens;
}

function notThese(difference: string): RatchetError {
  return new RatchetError(
    'TrainerFailed',
    `the trainer's scores (out/scores.jsonl) are not those of the first validation rows: ${difference}`,
  );
}
