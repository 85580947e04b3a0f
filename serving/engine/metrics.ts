import {Counter, Gauge, Histogram, Registry} from 'prom-client';
import {processMetrics} from '../../telemetry/process-metrics.ts';
import type {Engine} from './engine.ts';
import type {Phases} from './phases.ts';

/** Seconds: 5 ms to 80 s, as the GenAI conventions advise for a server's. */
const DURATION = [
  0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const FIRST_TOKEN = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_TOKEN = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
];

type ModelLabels = 'gen_ai_operation_name' | 'gen_ai_request_model';

/**
 * What Prometheus reads at the engine's /metrics. The three of `gen_ai_server_…` are those of OpenTelemetry's GenAI
 * conventions, by the names that they have in Prometheus: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
export class EngineMetrics {
  readonly registry = new Registry();
  readonly #duration: Histogram<ModelLabels | 'error_type'>;
  readonly #firstToken: Histogram<ModelLabels>;
  readonly #perToken: Histogram<ModelLabels>;
  readonly #queue: Histogram;
  readonly #tokens: Counter<'kind'>;

  constructor() {
    const registers = [this.registry];
    processMetrics(this.registry);
    this.#duration = new Histogram({
      name: 'gen_ai_server_request_duration_seconds',
      help: 'From a request read to its answer ready, waiting included; error_type is empty for one that succeeded',
      labelNames: ['gen_ai_operation_name', 'gen_ai_request_model', 'error_type'],
      buckets: DURATION,
      registers,
    });
    this.#firstToken = new Histogram({
      name: 'gen_ai_server_time_to_first_token_seconds',
      help: 'From a request read to its prompt read: waiting and prefill',
      labelNames: ['gen_ai_operation_name', 'gen_ai_request_model'],
      buckets: FIRST_TOKEN,
      registers,
    });
    this.#perToken = new Histogram({
      name: 'gen_ai_server_time_per_output_token_seconds',
      help: 'Decoding, a token after the first; only of answers with several tokens',
      labelNames: ['gen_ai_operation_name', 'gen_ai_request_model'],
      buckets: PER_TOKEN,
      registers,
    });
    this.#queue = new Histogram({
      name: 'ratchet_engine_queue_seconds',
      help: 'How long requests waited for their turn',
      buckets: DURATION,
      registers,
    });
    this.#tokens = new Counter({
      name: 'ratchet_engine_tokens_total',
      help: 'Tokens by kind (prompt, completion)',
      labelNames: ['kind'],
      registers,
    });
  }

  /** Values that are read when asked for. */
  observe(engine: Engine): void {
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    gauge('ratchet_engine_waiting', 'Requests waiting or running', () => engine.state.waiting);
    gauge(
      'ratchet_engine_queue_limit',
      'Requests that may wait; one more gets 503',
      () => engine.options.maxQueue,
    );
    gauge('ratchet_engine_adapters', 'Adapters loaded', () => engine.state.adapters.length);
    gauge(
      'ratchet_engine_adapters_held',
      'Adapters held in memory, unloaded ones too',
      () => engine.state.adapters_held,
    );
    gauge(
      'ratchet_engine_recycle',
      '1 when the process asks to be restarted for the adapters it holds',
      () => (engine.state.recycle ? 1 : 0),
    );
  }

  answered(of: {
    readonly operation: string;
    readonly model: string;
    readonly phases: Phases;
    readonly seconds: number;
    readonly promptTokens: number;
    readonly completionTokens: number;
  }): void {
    const labels = {gen_ai_operation_name: of.operation, gen_ai_request_model: of.model};
    this.#duration.observe({...labels, error_type: ''}, of.seconds);
    this.#queue.observe(of.phases.seconds('queue'));
    this.#firstToken.observe(labels, of.phases.seconds('queue') + of.phases.seconds('prefill'));
    if (of.completionTokens > 1)
      this.#perToken.observe(labels, of.phases.seconds('decode') / (of.completionTokens - 1));
    this.#tokens.inc({kind: 'prompt'}, of.promptTokens);
    this.#tokens.inc({kind: 'completion'}, of.completionTokens);
  }

  failed(of: {
    readonly operation: string;
    readonly model: string;
    readonly seconds: number;
    readonly error: string;
  }): void {
    this.#duration.observe(
      {gen_ai_operation_name: of.operation, gen_ai_request_model: of.model, error_type: of.error},
      of.seconds,
    );
  }
}
