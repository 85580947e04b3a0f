import {RatchetError} from '../schemas/errors.ts';
import {telemetryAsked, telemetryProblems} from './settings.ts';
import type {Telemetry, TelemetryOf} from './telemetry.ts';

const OFF: Telemetry = {tracing: null, stop: async () => undefined};

/**
 * Begins to send traces and metrics over OTLP, if OpenTelemetry's variables ask for them; else loads nothing. Throws
 * InvalidInput that names a variable that cannot be used.
 */
export async function startTelemetry(of: TelemetryOf): Promise<Telemetry> {
  const env = of.env ?? process.env;
  const problems = telemetryProblems(env);
  if (problems.length > 0) throw new RatchetError('InvalidInput', problems.join('; '));
  const {traces, metrics} = telemetryAsked(env);
  if (!traces && !(metrics && of.registry)) return OFF;
  const {openTelemetry} = await import('./open-telemetry.ts');
  return openTelemetry(of, {traces, metrics}, env);
}
