import {SpanKind} from '@opentelemetry/api';
import {Client} from '@temporalio/client';
import {defaultPayloadConverter} from '@temporalio/common';
import {TRACE_HEADER, type TraceContext} from '../schemas/messages.ts';
import {startTelemetry} from './start.ts';
import {endFailed, traceparentOf} from './tracing.ts';

/**
 * Starts a run with `start` in a span of its own, which the run's whole trace lies below. Where nobody asks for traces it is
 * started as it is, and its first workflow begins the trace.
 */
export async function traceRun<T>(
  client: Client,
  of: {readonly project: string; readonly run: string},
  start: (client: Client) => Promise<T>,
): Promise<T> {
  const telemetry = await startTelemetry({part: 'cli', project: of.project});
  if (telemetry.tracing === null) return start(client);
  const span = telemetry.tracing.begin('ratchet run', {
    kind: SpanKind.CLIENT,
    attributes: {'ratchet.project': of.project, 'ratchet.run': of.run},
  });
  const context: TraceContext = {run: of.run, traceparent: traceparentOf(span)};
  const headers = {[TRACE_HEADER]: defaultPayloadConverter.toPayload(context)};
  const traced = new Client({
    connection: client.connection,
    namespace: client.options.namespace,
    dataConverter: client.options.dataConverter,
    interceptors: {
      workflow: [
        {
          startWithDetails: (input, next) => next({...input, headers: {...input.headers, ...headers}}),
        },
      ],
    },
  });
  try {
    const started = await start(traced);
    span.end();
    return started;
  } catch (error) {
    endFailed(span, error instanceof Error ? error.name : 'Error');
    throw error;
  } finally {
    await telemetry.stop();
  }
}
