import type {Registry} from 'prom-client';
import type {Tracing} from './tracing.ts';

export interface TelemetryOf {
  /** `gateway`, `engine`, `worker-cpu`, `cli`: the service is called `ratchet-…` unless OTEL_SERVICE_NAME says else. */
  readonly part: string;
  readonly project?: string | undefined;
  /** Its metrics are sent, where metrics are asked for. */
  readonly registry?: Registry;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Telemetry {
  /** Null unless traces are asked for. */
  readonly tracing: Tracing | null;
  /** Sends what is left; never throws. */
  stop(): Promise<void>;
}
