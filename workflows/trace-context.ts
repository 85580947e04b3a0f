import {defaultPayloadConverter} from '@temporalio/common';
import {
  ContinueAsNew,
  isCancellation,
  proxySinks,
  workflowInfo,
  type Sinks,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptorsFactory,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import {TRACE_HEADER, type TraceContext, type WorkflowEnd} from '../schemas/messages.ts';

/** Where a workflow's end goes: the worker makes a span, a metric and a log line of it. */
export interface TelemetrySinks extends Sinks {
  readonly telemetry: {ended(end: WorkflowEnd): void};
}

/**
 * Hands the run's ID and W3C's `traceparent` on from workflow to activities and children. Nothing of OpenTelemetry is in here:
 * the workflow's span is named by its run ID, so nothing random is drawn and a replay names the same, and its worker writes
 * it when the workflow ends. A workflow that nobody handed anything (a Schedule's, Temporal's own CLI's) begins a trace, which
 * is named by its run ID; one that continues as new begins another, since a monitor goes on for months.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const one = new HandsOn();
  return {inbound: [one], outbound: [one]};
};

class HandsOn implements WorkflowInboundCallsInterceptor, WorkflowOutboundCallsInterceptor {
  #own: TraceContext | null = null;

  execute: WorkflowInboundCallsInterceptor['execute'] = async (input, next) => {
    const {workflowId, runId} = workflowInfo();
    const payload = input.headers[TRACE_HEADER];
    const above = payload === undefined ? null : defaultPayloadConverter.fromPayload<TraceContext>(payload);
    const digits = runId.replaceAll('-', '');
    const [, traceId, , flags] = above?.traceparent.split('-') ?? [];
    // The last 16 digits of the run ID are the random ones, whatever version of UUID the server makes.
    const context: TraceContext = {
      run: above?.run ?? workflowId,
      traceparent: `00-${traceId ?? digits}-${digits.slice(16)}-${flags ?? '01'}`,
    };
    this.#own = context;
    const {telemetry} = proxySinks<TelemetrySinks>();
    const ended = (outcome: WorkflowEnd['outcome']) =>
      telemetry.ended({context, parent: above?.traceparent ?? null, outcome});
    try {
      const result = await next(input);
      // A retrain's failure is its result, since a failed child would fail the monitor above.
      ended((result as {status?: unknown} | undefined)?.status === 'failed' ? 'failed' : 'done');
      return result;
    } catch (error) {
      ended(error instanceof ContinueAsNew ? 'continued' : isCancellation(error) ? 'cancelled' : 'failed');
      throw error;
    }
  };

  scheduleActivity: WorkflowOutboundCallsInterceptor['scheduleActivity'] = (input, next) =>
    next({...input, headers: this.#on(input.headers)});

  startChildWorkflowExecution: WorkflowOutboundCallsInterceptor['startChildWorkflowExecution'] = (
    input,
    next,
  ) => next({...input, headers: this.#on(input.headers)});

  #on<H extends Parameters<WorkflowOutboundCallsInterceptor['scheduleActivity'] & object>[0]['headers']>(
    headers: H,
  ): H {
    return this.#own === null
      ? headers
      : {...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(this.#own)};
  }
}
