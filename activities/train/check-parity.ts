import {spawn} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import {RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {onAnEngine} from '../engines/engines.ts';
import {composeRelease} from '../lifecycle/base-release.ts';
import {basePath} from './base-path.ts';
import {trainerEnvironment} from './local-process.ts';

/** Validation rows compared. */
const ROWS = 12;
/** Nats a completion token: dequantised bf16/fp32 against the quantised base differ by rounding, not by more. */
const TOLERANCE = 0.1;

const Line = z.looseObject({id: z.string(), prompt: z.string(), completion: z.string()});
const Scored = z.looseObject({nll: z.number(), tokens: z.int()});

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
  const rows: z.infer<typeof Line>[] = [];
  for await (const row of artifacts.lines(set.validation, Line)) {
    rows.push(row);
    if (rows.length === ROWS) break;
  }
  const reference = await referenceLoss();
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

  async function referenceLoss(): Promise<number> {
    const folder = path.join(context.jobFolder, `parity-${trained.adapter.digest.slice(0, 16)}`);
    const adapter = path.join(folder, 'adapter');
    await mkdir(adapter, {recursive: true});
    await artifacts.toFile(trained.adapter.safetensors, path.join(adapter, 'adapter_model.safetensors'));
    await artifacts.toFile(trained.adapter.config, path.join(adapter, 'adapter_config.json'));
    const rowsFile = path.join(folder, 'rows.jsonl');
    const outFile = path.join(folder, 'scores.jsonl');
    await writeFile(rowsFile, rows.map((row) => `${JSON.stringify({...row, eos: false})}\n`).join(''));
    const spec = {
      v: 1,
      job_dir: folder,
      base: await basePath(resolved, context),
      rows_file: rowsFile,
      out_file: outFile,
      adapter,
      config: {sequence_len: resolved.config.training.sequence_len},
      threads: context.environment.trainerThreads,
    };
    const specFile = path.join(folder, 'spec.json');
    await writeFile(specFile, JSON.stringify(spec));
    await runScorer(specFile);
    const scored = (await readFile(outFile, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line) => Scored.parse(JSON.parse(line)));
    return scored.reduce((sum, s) => sum + s.nll, 0) / scored.reduce((sum, s) => sum + s.tokens, 0);
  }

  function runScorer(specFile: string): Promise<void> {
    const {python, trainer} = context.environment;
    if (!python)
      throw new RatchetError(
        'InvalidInput',
        'this worker has no trainer environment (RATCHET_PYTHON): run ratchet’s set-up on it',
      );
    activity.progress({done: 0, total: rows.length, unit: 'rows', note: 'the trainer scores them'});
    return new Promise((resolve, reject) => {
      const child = spawn(python, ['-m', 'ratchet_trainer', 'score', specFile], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: trainerEnvironment(trainer),
        signal: activity.signal,
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2000)));
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0
          ? resolve()
          : reject(
              new RatchetError(
                'TrainerFailed',
                `the trainer could not score the validation rows: ${said.trim().split('\n').at(-1)}`,
              ),
            ),
      );
    });
  }
}
