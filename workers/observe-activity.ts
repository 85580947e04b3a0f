import {SpanKind, type Span} from '@opentelemetry/api';
import type {Context} from '@temporalio/activity';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  type Payload,
} from '@temporalio/common';
import type {ActivityInterceptorsFactory} from '@temporalio/worker';
import {TRACE_HEADER, type TraceContext} from '../schemas/messages.ts';
import {within} from '../telemetry/current-span.ts';
import type {About, Say} from '../telemetry/log.ts';
import {endFailed, readTraceparent, type Tracing} from '../telemetry/tracing.ts';
import type {Meters} from './meters.ts';

export interface WorkerObserver {
  readonly tracing: Tracing | null;
  readonly meters: Meters;
  readonly say: Say;
}

/**
 * Each attempt of an activity as a span below its workflow's, in the worker's metrics, and as one line of its log: ids,
 * figures and types of errors. What it was given and what it gave stay out of all three.
 */
export function observeActivities({tracing, meters, say}: WorkerObserver): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        const {info} = context;
        const above = contextOf(input.headers[TRACE_HEADER]);
        const about = aboutOf(info, above, input.args[0]);
        const span = tracing === null ? null : begin(tracing, context, above, about);
        const began = performance.now();
        const end = (outcome: 'done' | 'failed' | 'cancelled', error: string | null) => {
          const seconds = Math.round(performance.now() - began) / 1000;
          meters.activity({activity: info.activityType, outcome, seconds, error});
          if (span !== null && outcome === 'failed') endFailed(span, error ?? 'Error');
          else span?.setAttribute('ratchet.outcome', outcome).end();
          return seconds;
        };
        try {
          const result = await (span === null ? next(input) : within(span, () => next(input)));
          const seconds = end('done', null);
          say(`${info.activityType} done`, {...about, seconds});
          return result;
        } catch (error) {
          if (error instanceof CancelledFailure) {
            const seconds = end('cancelled', null);
            say(`${info.activityType} cancelled`, {...about, seconds});
          } else {
            const type = typeOf(error);
            const seconds = end('failed', type);
            say(`${info.activityType} failed${words(error)}`, {
              level: 'warn',
              ...about,
              seconds,
              error: type,
            });
          }
          throw error;
        }
      },
    },
  });
}

function begin(tracing: Tracing, {info}: Context, above: TraceContext | null, about: About): Span {
  return tracing.begin(`activity ${info.activityType}`, {
    kind: SpanKind.INTERNAL,
    parent: above?.traceparent,
    attributes: {
      'ratchet.activity': info.activityType,
      'temporal.activity.attempt': info.attempt,
      ...(about.workflow === undefined ? {} : {'temporal.workflow.id': about.workflow}),
      ...(about.run === undefined ? {} : {'ratchet.run': about.run}),
      ...(about.stage === undefined ? {} : {'ratchet.stage': about.stage}),
      ...(about.release === undefined ? {} : {'ratchet.release': about.release}),
    },
  });
}

function aboutOf(info: Context['info'], above: TraceContext | null, input: unknown): About {
  const workflow = info.workflowExecution?.workflowId;
  return {
    run: above?.run ?? workflow,
    stage: info.workflowType,
    release: releaseOf(input),
    trace: above === null ? undefined : readTraceparent(above.traceparent)?.traceId,
    workflow,
    activity: info.activityType,
    attempt: info.attempt,
  };
}

function contextOf(payload: Payload | undefined): TraceContext | null {
  return payload === undefined ? null : defaultPayloadConverter.fromPayload<TraceContext>(payload);
}

/** The digest of the release that an activity is about, where its input names one. */
function releaseOf(input: unknown): string | undefined {
  const named = input as {release?: unknown; request?: {inputs?: {release?: unknown}}} | null | undefined;
  const found = named?.release ?? named?.request?.inputs?.release;
  return typeof found === 'string' && /^[0-9a-f]{64}$/.test(found) ? found : undefined;
}

function typeOf(error: unknown): string {
  if (error instanceof ApplicationFailure) return error.type ?? 'ApplicationFailure';
  return error instanceof Error ? error.name : 'Error';
}

/** Our own errors say in one line what to do. Anybody else's message may repeat what was read: the history has it. */
function words(error: unknown): string {
  return error instanceof ApplicationFailure ? `: ${error.message}` : ': see the failure in Temporal';
}
