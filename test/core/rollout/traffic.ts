import {traceId} from '../../../core/identity/trace-id.ts';
import type {Feedback, Trace} from '../../../schemas/trace.ts';

export const STABLE = 'a'.repeat(64);
export const CANDIDATE = 'b'.repeat(64);

let made = 0;
/** A trace as the gateway writes it; each one a second later than the one before, by a user of its own. */
export function trace(change: Partial<Trace> = {}): Trace {
  made += 1;
  const ms = Date.parse('2026-01-01T00:00:00Z') + made * 1000;
  const random = new Uint8Array(12);
  new DataView(random.buffer).setUint32(8, made);
  return {
    v: 1,
    id: traceId(ms, random),
    at: new Date(ms).toISOString(),
    project: 'mail',
    task: 'triage',
    release: STABLE,
    role: 'stable',
    shadowOf: null,
    unit: made.toString(16).padStart(16, '0'),
    fields: {subject: 's', body: 'b'},
    row: null,
    prompt: 'c'.repeat(64),
    output: 'ham',
    promptTokens: 10,
    completionTokens: 1,
    latencyMs: {total: 100, model: 90},
    cost: 0,
    status: 200,
    error: null,
    ...change,
  };
}

export function says(about: Trace, what: Partial<Feedback>): Feedback {
  return {v: 1, id: `f-${about.id}`, at: about.at, project: about.project, trace: about.id, ...what};
}

/** The candidate's unseen answer to the same request. */
export function shadowOf(seen: Trace, change: Partial<Trace> = {}): Trace {
  return trace({
    release: CANDIDATE,
    role: 'shadow',
    shadowOf: seen.id,
    task: seen.task,
    unit: seen.unit,
    ...change,
  });
}
