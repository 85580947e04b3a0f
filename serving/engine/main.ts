/**
 * The embedded engine as a process: prints one JSON line `{"listening": url, …}` when it answers, ends on SIGTERM.
 * `node serving/engine/main.ts --help`
 */
import {availableParallelism} from 'node:os';
import {parseArgs} from 'node:util';
import {RatchetError} from '../../schemas/errors.ts';
import {listenOn} from '../listen-on.ts';
import {isLoopback} from '../../core/access/loopback.ts';
import {logFormat, logOf, sayLast} from '../../telemetry/log.ts';
import {startTelemetry} from '../../telemetry/start.ts';
import {Engine} from './engine.ts';
import {EngineMetrics} from './metrics.ts';
import {llamaFolder, modelFile} from './native.ts';
import {engineServer} from './server.ts';

const HELP = `Serves a GGUF model with LoRA adapters over vLLM's HTTP interface.

  node serving/engine/main.ts --model model.gguf --port 8100

  --model FILE          GGUF file (RATCHET_MODEL, else the default model in the cache)
  --base-name NAME      the base model's name in requests (smollm2-135m-instruct)
  --host HOST           127.0.0.1; beyond loopback it needs a key
  --port N              0 takes a free one
  --threads N           cores - 1, at least 1: with all cores of a busy machine it slows down a hundredfold
  --context N           tokens of prompt and completion together (1024)
  --max-contexts N      model names whose context stays open (4)
  --max-lora-rank N     larger adapters are refused (64)
  --max-queue N         requests that may wait; more get 503 (64)
  --recycle-after N     adapters held in memory from which on /health says "recycle": true (32)
  --gpu                 use a GPU build of node-llama-cpp if there is one
  --die-with-parent     end when the process that started this one is gone

RATCHET_ENGINE_KEY: without it as bearer token nothing but /health and /metrics is answered. Where it is not set, anybody who reaches the
engine may use it, so it listens on loopback alone.
`;

function integer(name: string, text: string | undefined, fallback: number, least: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new RatchetError('InvalidInput', `--${name} expects an integer of at least ${least}, got "${text}"`);
}

async function main(): Promise<void> {
  const text = {type: 'string'} as const;
  const {values} = parseArgs({
    options: {
      model: text,
      'base-name': text,
      host: text,
      port: text,
      threads: text,
      context: text,
      'max-contexts': text,
      'max-lora-rank': text,
      'max-queue': text,
      'recycle-after': text,
      gpu: {type: 'boolean'},
      'die-with-parent': {type: 'boolean'},
      help: {type: 'boolean', short: 'h'},
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values['die-with-parent']) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) process.exit(0);
    }, 500).unref();
  }
  const host = values.host ?? '127.0.0.1';
  const key = process.env['RATCHET_ENGINE_KEY'] || undefined;
  if (key === undefined && !isLoopback(host))
    throw new RatchetError(
      'InvalidInput',
      `--host ${host} is beyond loopback: set RATCHET_ENGINE_KEY, for the engine and its clients`,
    );
  const project = process.env['RATCHET_PROJECT'];
  const say = logOf({part: 'engine', project, format: logFormat(process.env)});
  const metrics = new EngineMetrics();
  const telemetry = await startTelemetry({part: 'engine', project, registry: metrics.registry});
  // What is missing is said now; the model itself is read when it is first asked.
  llamaFolder();
  const engine = new Engine({
    model: await modelFile(values.model),
    baseName: values['base-name'] ?? 'smollm2-135m-instruct',
    threads: integer('threads', values.threads, Math.max(1, availableParallelism() - 1), 1),
    context: integer('context', values.context, 1024, 8),
    maxContexts: integer('max-contexts', values['max-contexts'], 4, 1),
    maxLoraRank: integer('max-lora-rank', values['max-lora-rank'], 64, 1),
    maxQueue: integer('max-queue', values['max-queue'], 64, 0),
    recycleAfter: integer('recycle-after', values['recycle-after'], 32, 1),
    gpu: values.gpu ?? false,
  });
  metrics.observe(engine);
  const app = engineServer(engine, {metrics, tracing: telemetry.tracing, say, key});
  const at = {host, port: integer('port', values.port, 0, 0)};
  const listening = await listenOn(app, at, '--host and --port');
  process.stdout.write(`${JSON.stringify({listening, pid: process.pid, time: new Date().toISOString()})}\n`);

  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void app
      .close()
      .then(() => telemetry.stop())
      .then(() => engine.dispose())
      .finally(() => process.exit(0));
    // A forward pass cannot be interrupted; nothing is lost by leaving it.
    setTimeout(() => process.exit(0), 3000).unref();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

main().catch((error: unknown) => {
  const line = error instanceof Error ? error.message : String(error);
  sayLast('engine', line);
  process.exit(
    (error instanceof RatchetError && error.type === 'InvalidInput') ||
      (error as {code?: string}).code?.startsWith('ERR_PARSE_ARGS')
      ? 2
      : 1,
  );
});
