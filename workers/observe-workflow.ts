import {SpanKind} from '@opentelemetry/api';
import type {InjectedSinks} from '@temporalio/worker';
import {endFailed, readTraceparent} from '../telemetry/tracing.ts';
import type {TelemetrySinks} from '../workflows/trace-context.ts';
import type {WorkerObserver} from './observe-activity.ts';

/** Runs whose end was told: so many are remembered. */
const TOLD = 1000;

/** What workflow code tells when a workflow ends becomes a span of the whole of it, metrics, and a line of the log. */
export function observeWorkflows({tracing, meters, say}: WorkerObserver): InjectedSinks<TelemetrySinks> {
  // An end is told again where the server refuses it at first, since a signal came at the same moment.
  const told = new Set<string>();
  return {
    telemetry: {
      ended: {
        callDuringReplay: false,
        fn({workflowType, workflowId, runId, runStartTime}, {context, parent, outcome}) {
          if (told.has(runId)) return;
          told.add(runId);
          if (told.size > TOLD) told.delete(told.values().next().value!);
          const seconds = Math.max(0, Date.now() - runStartTime.getTime()) / 1000;
          const own = readTraceparent(context.traceparent);
          meters.workflow({workflow: workflowType, outcome, seconds});
          say(`${workflowType} ${outcome}`, {
            level: outcome === 'failed' ? 'warn' : 'info',
            run: context.run,
            stage: workflowType,
            trace: own?.traceId,
            workflow: workflowId,
            seconds,
          });
          if (tracing === null || own === null) return;
          const span = tracing.begin(`workflow ${workflowType}`, {
            kind: SpanKind.INTERNAL,
            parent,
            traceId: own.traceId,
            spanId: own.spanId,
            startTime: runStartTime,
            attributes: {
              'ratchet.run': context.run,
              'ratchet.stage': workflowType,
              'ratchet.outcome': outcome,
              'temporal.workflow.id': workflowId,
              'temporal.run.id': runId,
            },
          });
          if (outcome === 'failed') endFailed(span, 'WorkflowFailed');
          else span.end();
        },
      },
    },
  };
}
