import {spawn, type ChildProcess} from 'node:child_process';
import path from 'node:path';
import {Client, Connection} from '@temporalio/client';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {startRun} from '../../cli/start-run.ts';
import {taskQueue} from '../../schemas/names.ts';
import {openStores} from '../../stores/stores.ts';
import {TEMPORAL_METRICS, WORKER_METRICS} from '../../telemetry/worker-metrics.ts';
import {freePorts} from '../setup/child-service.ts';
import {temporalAddress} from '../setup/services.ts';
import {MARKER, PERSONAL_WORDS, plantRows} from '../system/planted.ts';
import {replaced, tinyProject, type TinyProject} from '../system/tiny-project.ts';
import {noReceiver, otlpReceiver, type OtlpReceiver, type ReceivedSpan} from './otlp-receiver.ts';

const MAIN = path.resolve(import.meta.dirname, '..', '..', 'workers', 'main.ts');
const missing = noReceiver();

interface WorkerProcess {
  readonly child: ChildProcess;
  readonly log: () => string;
  end(): Promise<void>;
}

function startWorker(kind: 'workflow' | 'cpu', env: NodeJS.ProcessEnv): WorkerProcess {
  const child = spawn(process.execPath, [MAIN, '--kind', kind, '--project', 'tiny'], {
    env: {...process.env, ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    child,
    log: () => log,
    end: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A workflow that no worker knows, until a task of it has failed. */
async function failingTask(client: Client): Promise<void> {
  const workflowId = 'no-such-workflow/tiny';
  const handle = await client.workflow.start('noSuchWorkflow', {
    workflowId,
    taskQueue: taskQueue('tiny', 'workflow'),
  });
  const failed = (event: {eventType?: unknown; workflowTaskFailedEventAttributes?: unknown}) =>
    Boolean(event.workflowTaskFailedEventAttributes);
  while (!((await handle.fetchHistory()).events ?? []).some(failed))
    await new Promise((resolve) => setTimeout(resolve, 200));
  await handle.terminate();
}

/** Waits for a workflow and all it has started: a stage may end later than the run that no longer waits for it. */
async function ended(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  await handle.result().catch(() => undefined);
  for (const {childWorkflowExecutionStartedEventAttributes: child} of (await handle.fetchHistory()).events ??
    [])
    if (child?.workflowExecution?.workflowId) await ended(client, child.workflowExecution.workflowId);
}

/**
 * Curation of a real project, by real workers as processes: as far as a run goes without a gpu worker, which then is
 * cancelled. One worker of each kind sends its metrics, the other's are read as Prometheus reads them.
 */
describe.skipIf(missing !== undefined)(`a run, by a real collector${missing ? `: ${missing}` : ''}`, () => {
  let receiver: OtlpReceiver;
  let tiny: TinyProject;
  let workers: WorkerProcess[] = [];
  let connection: Connection;
  let run: string;
  let scraped: string;
  const before = {...process.env};

  beforeAll(async () => {
    receiver = await otlpReceiver();
    Object.assign(process.env, receiver.env, {RATCHET_LOG: 'json'});
    tiny = await tinyProject('telemetry', (yaml) =>
      replaced(
        yaml,
        '\ninput:',
        "\n  - {name: planted, uri: 'file:planted.jsonl', format: jsonl, fields: {id: nr, label: class}}\ninput:",
      ),
    );
    plantRows(tiny);
    const {project, key} = tiny;
    const [port] = await freePorts(1);
    const env = {
      TEMPORAL_ADDRESS: temporalAddress(),
      RATCHET_STORE: project.store,
      RATCHET_PROJECT_FOLDER: project.folder,
      RATCHET_PROJECT_KEY: project.rowKey,
    };
    workers = [
      startWorker('workflow', env),
      startWorker('cpu', {...env, RATCHET_WORKER_METRICS: `127.0.0.1:${port}`}),
    ];
    connection = await Connection.connect({address: temporalAddress()});
    const client = new Client({connection});
    run = await startRun(client, await openStores(project.store), project, {
      name: 'tester',
      key: key.id,
      signing: key,
    });

    const handle = client.workflow.getHandle(run);
    while (!receiver.spans().some(({name}) => name === 'workflow curate')) {
      const {status} = await handle.describe();
      if (status.name !== 'RUNNING') await handle.result();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await failingTask(client);
    await handle.cancel();
    await ended(client, run);
    for (const worker of workers) await worker.end();
    await receiver.stop();
  }, 300_000);

  afterAll(async () => {
    for (const worker of workers) worker.child.kill('SIGKILL');
    await connection?.close();
    await receiver?.stop();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  });

  const spansOfRun = (): ReceivedSpan[] => {
    const all = receiver.spans();
    const root = all.find(({name}) => name === 'ratchet run')!;
    return all.filter(({traceId}) => traceId === root.traceId);
  };
  const only = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
    expect(spans.filter((span) => span.name === name).map((span) => span.name)).toEqual([name]);
    return spans.find((span) => span.name === name)!;
  };

  it('is one trace from the command through the run to its stages and their activities', () => {
    const spans = spansOfRun();
    const command = only(spans, 'ratchet run');
    expect(command).toMatchObject({service: 'ratchet-cli', parentSpanId: ''});
    const lifecycle = only(spans, 'workflow lifecycle');
    expect(lifecycle).toMatchObject({
      service: 'ratchet-worker-workflow',
      parentSpanId: command.spanId,
      attributes: {'ratchet.run': run, 'temporal.workflow.id': run, 'ratchet.outcome': 'cancelled'},
    });
    const curate = only(spans, 'workflow curate');
    expect(curate).toMatchObject({
      parentSpanId: lifecycle.spanId,
      attributes: {'ratchet.run': run, 'ratchet.stage': 'curate', 'ratchet.outcome': 'done'},
    });
    expect(only(spans, 'activity openRun').parentSpanId).toBe(lifecycle.spanId);
    const shards = spans.filter(({name}) => name === 'activity curateShard');
    expect(shards.length).toBeGreaterThan(2);
    for (const shard of shards)
      expect(shard).toMatchObject({
        service: 'ratchet-worker-cpu',
        parentSpanId: curate.spanId,
        attributes: {'ratchet.run': run, 'ratchet.stage': 'curate', 'ratchet.activity': 'curateShard'},
      });
    // Every span has the one above it in the same trace.
    const ids = new Set(spans.map(({spanId}) => spanId));
    expect(spans.filter(({parentSpanId}) => parentSpanId !== '' && !ids.has(parentSpanId))).toEqual([]);
  });

  it('is in the logs of the workers by its ids', () => {
    const lines = workers.flatMap(({log}) =>
      log()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
    const shard = lines.find(({message}) => message === 'curateShard done')!;
    expect(shard).toMatchObject({
      level: 'info',
      part: 'worker-cpu',
      project: 'tiny',
      run,
      stage: 'curate',
      activity: 'curateShard',
      attempt: 1,
      seconds: expect.any(Number),
    });
    expect(shard['trace']).toBe(spansOfRun()[0]!.traceId);
    expect(lines.find(({message}) => message === 'curate done')).toMatchObject({
      run,
      part: 'worker-workflow',
    });
  });

  it('leaves no word of the rows in spans, metrics or logs', () => {
    const told = [receiver.text(), scraped, ...workers.map(({log}) => log())].join('\n');
    expect([MARKER, ...PERSONAL_WORDS].filter((word) => told.includes(word))).toEqual([]);
  });

  it('is measured, as Prometheus reads it and as OTLP sends it', () => {
    const shown = new Set([...scraped.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!));
    const {activities, activitySeconds} = WORKER_METRICS;
    expect([...shown]).toEqual(expect.arrayContaining([activities.name, activitySeconds.name]));
    const done = new RegExp(
      `^${activities.name}\\{(?=[^}]*activity="curateShard")(?=[^}]*outcome="done")[^}]*\\} (\\d+)`,
      'm',
    );
    expect(Number(done.exec(scraped)?.[1])).toBeGreaterThan(2);

    expect(scraped).toMatch(/^temporal_activity_schedule_to_start_latency_bucket\{[^}]*le="300"/m);

    const sent = receiver
      .metrics()
      .filter(({name}) => name.startsWith('ratchet_') || name.startsWith('temporal_'));
    const ended = sent.find(({name}) => name === WORKER_METRICS.workflows.name)!;
    expect(
      ended.points.map(
        ({attributes}) => `${attributes['workflow'] as string} ${attributes['outcome'] as string}`,
      ),
    ).toEqual(expect.arrayContaining(['curate done', 'lifecycle cancelled']));
    // What boards and rules use of Temporal's own is there by that name and with these labels, on one worker or the other.
    const labelsOf = (metric: string): Set<string> =>
      new Set([
        ...[...scraped.matchAll(new RegExp(`^${metric}(?:_bucket)?\\{(.*)\\} `, 'gm'))].flatMap((sample) =>
          [...sample[1]!.matchAll(/(\w+)="/g)].map((label) => label[1]!),
        ),
        ...sent
          .filter(({name}) => name === metric)
          .flatMap(({points}) => points.flatMap(({attributes}) => Object.keys(attributes))),
      ]);
    const everywhere = new Set(['namespace', 'project', 'le']);
    const own = (metric: string) => [...labelsOf(metric)].filter((label) => !everywhere.has(label)).sort();
    expect(TEMPORAL_METRICS.map(({name}) => [name, own(name)])).toEqual(
      TEMPORAL_METRICS.map(({name, labels}) => [name, [...labels].sort()]),
    );
  });
});
