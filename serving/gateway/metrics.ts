import {Counter, Gauge, Histogram, Registry} from 'prom-client';
import {processMetrics} from '../../telemetry/process-metrics.ts';
import type {DeploymentWatch} from './deployment-watch.ts';
import type {EngineLooks} from './engine-looks.ts';
import type {Access} from './access.ts';
import type {FeedbackJournal} from './feedback-journal.ts';
import type {KeyWatch} from './key-watch.ts';
import type {ShadowQueue} from './shadow-queue.ts';
import type {Slots} from './slots.ts';
import type {TraceLog} from './trace-log.ts';

/** Seconds: 1 ms to 2 min. */
const LATENCY = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const OVERHEAD = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1];

/** What Prometheus reads at /metrics. Releases are named by 12 digits, tasks by name; nothing else comes from users. */
export class Metrics {
  readonly registry = new Registry();
  readonly requests: Counter<'task' | 'release' | 'role' | 'status'>;
  readonly seconds: Histogram<'task' | 'role'>;
  readonly overhead: Histogram<'task'>;
  readonly tokens: Counter<'task' | 'kind'>;
  readonly blocked: Counter<'code'>;
  readonly feedback: Counter<'kind'>;
  readonly fellBack: Counter<'task' | 'from' | 'to'>;
  readonly shadowDropped: Counter;
  readonly traceFailures: Counter;
  readonly tracesDropped: Counter;
  readonly feedbackFailures: Counter;
  readonly keyCountFailures: Counter;
  readonly glassBroken: Counter;

  constructor() {
    const registers = [this.registry];
    processMetrics(this.registry);
    this.requests = new Counter({
      name: 'ratchet_requests_total',
      help: 'Chat completions by outcome; shadow copies have the role shadow',
      labelNames: ['task', 'release', 'role', 'status'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'ratchet_request_seconds',
      help: 'From the turn of a request to its answer ready, engine included; what waited for its turn is in ratchet_requests_waiting',
      labelNames: ['task', 'role'],
      buckets: LATENCY,
      registers,
    });
    this.overhead = new Histogram({
      name: 'ratchet_gateway_overhead_seconds',
      help: 'The part of it that was not the engine',
      labelNames: ['task'],
      buckets: OVERHEAD,
      registers,
    });
    this.tokens = new Counter({
      name: 'ratchet_tokens_total',
      help: 'Tokens by kind (prompt, completion)',
      labelNames: ['task', 'kind'],
      registers,
    });
    this.blocked = new Counter({
      name: 'ratchet_requests_refused_total',
      help: 'Requests that were refused, or found nothing that could answer them, by code',
      labelNames: ['code'],
      registers,
    });
    this.feedback = new Counter({
      name: 'ratchet_feedback_total',
      help: 'Feedback taken, by kind (rating, correction, implicit)',
      labelNames: ['kind'],
      registers,
    });
    this.fellBack = new Counter({
      name: 'ratchet_fallbacks_total',
      help: 'Requests that a model did not answer, so that the next one of the task was asked',
      labelNames: ['task', 'from', 'to'],
      registers,
    });
    this.shadowDropped = new Counter({
      name: 'ratchet_shadow_dropped_total',
      help: 'Shadow copies dropped: the queue was full, or their release is the shadow no more',
      registers,
    });
    this.traceFailures = new Counter({
      name: 'ratchet_trace_write_failures_total',
      help: 'Batches of traces that the store did not take; they are tried again',
      registers,
    });
    this.tracesDropped = new Counter({
      name: 'ratchet_traces_dropped_total',
      help: 'Traces given up since too many waited for the store',
      registers,
    });
    this.feedbackFailures = new Counter({
      name: 'ratchet_feedback_write_failures_total',
      help: 'Times the store did not take feedback; it stays in the journal',
      registers,
    });
    this.keyCountFailures = new Counter({
      name: 'ratchet_key_usage_failures_total',
      help: 'Times what keys were used for could not be written to the store or read from it; it is tried again',
      registers,
    });
    this.glassBroken = new Counter({
      name: 'ratchet_break_glass_total',
      help: 'Deployments taken over that somebody without the role for a rollback made, in an emergency',
      registers,
    });
  }

  /** Values that are read when asked for. */
  observe(parts: {
    readonly watch: DeploymentWatch;
    readonly keys: KeyWatch;
    readonly access: Access;
    readonly slots: Slots;
    readonly engines: EngineLooks;
    readonly traces: TraceLog;
    readonly journal: FeedbackJournal;
    readonly shadows: ShadowQueue;
  }): void {
    const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          this.set(await read());
        },
      });
    gauge('ratchet_store_up', '1 while the deployment pointer can be read', () =>
      parts.watch.state.error === null ? 1 : 0,
    );
    gauge(
      'ratchet_deployment_refused',
      '1 while the newest deployment is not served: the former one goes on, where this gateway had one',
      () => (parts.watch.state.refused === null ? 0 : 1),
    );
    gauge('ratchet_deployment_seq', 'Sequence number of the deployment served, -1 for none', () =>
      parts.watch.served === null ? -1 : parts.watch.served.deployment.seq,
    );
    gauge('ratchet_keys_up', "1 while the project's keys can be read", () =>
      parts.keys.error === null ? 1 : 0,
    );
    gauge('ratchet_requests_under_way', 'Requests let in and not over', () => parts.access.underWay);
    gauge(
      'ratchet_requests_waiting',
      'Of these, completions that wait for their turn',
      () => parts.slots.waiting,
    );
    gauge(
      'ratchet_engines_up',
      'Engines that answer, asked when this is read unless they are at work',
      async () => {
        await parts.engines.look();
        return parts.engines.state.filter(({up}) => up).length;
      },
    );
    gauge('ratchet_traces_pending', 'Traces not written yet', () => parts.traces.size);
    gauge(
      'ratchet_feedback_segments_pending',
      'Journal segments not in the store yet',
      () => parts.journal.waiting,
    );
    gauge('ratchet_shadow_waiting', 'Shadow copies waiting or running', () => parts.shadows.size);
  }
}
