import {existsSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {RatchetError} from '../schemas/errors.ts';
import {ArtifactRef} from '../schemas/artifact.ts';
import {TrainingJob, type TrainingOutcome} from '../schemas/training-job.ts';
import {Checkpoints} from '../activities/train/checkpoints.ts';
import {jobName, ProcessBackend, type TrainingPlace} from '../activities/train/process-training.ts';
import {packageRoot} from '../host/package-root.ts';
import {openStores} from '../stores/stores.ts';
import {sayLast} from '../telemetry/log.ts';

/** 128 + SIGTERM: it saved and stopped because it was asked to. */
const STOPPED = 143;

/**
 * One training, in a container that has nothing but the store: `node workers/train-job.ts --document REF`. Fetches the training
 * and what it names, runs the trainer, says on stdout what it says, and brings checkpoints, outputs and the last word into the
 * store. SIGTERM: the trainer saves, the checkpoint is stored, exit code 143. Environment: see docs/settings.md.
 */
async function main(): Promise<number> {
  const {values} = parseArgs({options: {document: {type: 'string'}}});
  const by = process.env['JOB_UID'];
  if (!values.document || !by)
    throw new RatchetError(
      'InvalidInput',
      'expected --document {uri, sha256, bytes, mediaType} and JOB_UID, as the Job of a training has them: it is no command for people',
    );
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

  const place = await here();
  const document = ArtifactRef.parse(JSON.parse(values.document));
  const job = await place.stores.artifacts.getJson(document, TrainingJob);
  const checkpoints = new Checkpoints(place.stores, job.project, job.key);
  try {
    return await run(place, job, by, checkpoints, stop.signal);
  } catch (error) {
    // Where the store can be written, whoever waits hears it with its type.
    if (error instanceof RatchetError && error.type !== 'Fenced') {
      const {type, message} = error;
      await checkpoints
        .putOutcome({v: 1, by, code: 1, type, message, outputs: null, events: null})
        .catch(() => undefined);
    }
    throw error;
  }
}

async function run(
  place: TrainingPlace,
  job: TrainingJob,
  by: string,
  checkpoints: Checkpoints,
  stop: AbortSignal,
): Promise<number> {
  // The newest pod of the newest Job is the one that may write.
  const training = await new ProcessBackend(place).attach(job, process.env['POD_NAME'] ?? by);
  await training.start();
  let cursor = 0;
  const say = async () => {
    const news = await training.events(cursor);
    cursor = news.cursor;
    for (const event of news.events) process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  for (;;) {
    const status = await training.status();
    if (stop.aborted) {
      await training.cancel();
      await say();
      return STOPPED;
    }
    await say();
    if (status.state === 'lost' || status.state === 'absent') {
      process.stderr.write(`the trainer is gone without a last word: killed, or out of memory\n`);
      return 1;
    }
    if (status.state === 'ended') {
      if (status.code === STOPPED) return STOPPED;
      const {code, type, message, rung} = status;
      const events = path.join(place.jobFolder, jobName(job), 'events.jsonl');
      const outputs = code === 0 && rung === undefined ? await training.outputs() : null;
      const outcome: TrainingOutcome = {
        v: 1,
        by,
        code,
        outputs,
        ...(type === undefined ? {} : {type}),
        ...(message === undefined ? {} : {message}),
        ...(rung === undefined ? {} : {rung}),
        events: existsSync(events) ? await place.stores.artifacts.putFile(events, 'application/jsonl') : null,
      };
      await checkpoints.putOutcome(outcome);
      return code;
    }
    await training.news(stop);
  }
}

/** Throws InvalidInput that names the variable. */
async function here(env: NodeJS.ProcessEnv = process.env): Promise<TrainingPlace> {
  const store = env['RATCHET_STORE'];
  if (!store) throw new RatchetError('InvalidInput', 'RATCHET_STORE is not set: expected s3://bucket/prefix');
  const folder = path.resolve(env['RATCHET_PROJECT_FOLDER'] || '.');
  return {
    folder,
    stores: await openStores(store, {process: 'training'}),
    jobFolder: path.join(env['RATCHET_WORK'] || path.join(folder, '.ratchet'), 'jobs'),
    environment: {
      ...(env['RATCHET_PYTHON'] ? {python: env['RATCHET_PYTHON']} : {}),
      ...(env['RATCHET_MODEL'] ? {model: env['RATCHET_MODEL']} : {}),
      trainer: path.join(packageRoot(), 'trainer'),
      trainerThreads: Number(env['RATCHET_TRAINER_THREADS']) || 2,
    },
  };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    sayLast('train-job', error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
