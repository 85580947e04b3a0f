import {z} from 'zod';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import type {Traces} from './traces.ts';

/** Name of the source that holds what users corrected. */
export const FEEDBACK_SOURCE = 'feedback';

/** A request whose right answer a user gave: its text is what the gateway made of it, scrubbed. */
export const FeedbackRecord = z.strictObject({
  id: z.string(),
  label: z.string().nullable(),
  fields: z.record(z.string(), z.string()),
  /** Who said so: the line of a gateway key; null where the gateway asked for none. */
  key: z.string().nullable().default(null),
  /** Keyed hash of the user who asked. */
  unit: z.string().default(''),
  /** A person has seen it and let it count as a golden row. */
  reviewed: z.boolean().default(false),
});
export type FeedbackRecord = z.infer<typeof FeedbackRecord>;

/**
 * Corrected and confirmed answers up to `cut` (milliseconds since the epoch), one record a request's row, the latest word
 * counting; in the order of ids. The row that a client names is its own: another gateway key that names it speaks of another
 * one. A confirmation is a rating of +1. Corrections that name no class of their task say nothing
 * that can be learned, and are left out, as are those of conversations: a trace keeps their last message alone.
 */
export async function feedbackRecords(
  traces: Traces,
  config: ProjectConfig,
  cut: number,
  familyOf: (key: string) => string = (key) => key,
): Promise<FeedbackRecord[]> {
  const said = new Map<string, Feedback>();
  for await (const feedback of traces.readFeedback(config.project, {from: 0, to: cut})) {
    const trace = feedback.trace.replace(/^chatcmpl-/, '');
    const former = said.get(trace);
    // A rating does not take a correction back.
    if (former?.correction !== undefined && feedback.correction === undefined) continue;
    if (feedback.correction !== undefined || feedback.rating !== undefined) said.set(trace, feedback);
  }
  const records = new Map<string, FeedbackRecord>();
  // Users send what their task shows the model, and curation asks for every field.
  const empty = Object.fromEntries(config.input.fields.map((name) => [name, '']));
  if (said.size === 0) return [];
  for await (const trace of traces.read(config.project, {from: 0, to: cut})) {
    const feedback = said.get(trace.id);
    const learned = feedback && trace.shadowOf === null ? learnedFrom(trace, feedback, config) : null;
    if (learned === null) continue;
    const asker = trace.key === undefined ? null : familyOf(trace.key);
    const id = trace.row === null ? trace.id : asker === null ? trace.row : `${asker}:${trace.row}`;
    const known = records.get(id);
    records.set(id, {
      id,
      label: learned.label ?? known?.label ?? null,
      fields: {...empty, ...trace.fields, ...filled(known?.fields), ...learned.fields},
      key: feedback!.key === undefined ? asker : familyOf(feedback!.key),
      unit: trace.unit,
      reviewed: false,
    });
  }
  return [...records.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function filled(fields: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}

function learnedFrom(
  trace: Trace,
  {correction, rating}: Feedback,
  config: ProjectConfig,
): {label?: string; fields?: Record<string, string>} | null {
  const task = config.tasks[trace.task];
  if (!task || trace.status >= 400) return null;
  const answer = (correction ?? (rating === 1 ? trace.output : '')).trim();
  if (answer === '') return null;
  if (task.kind === 'classification') return task.labels!.includes(answer) ? {label: answer} : null;
  if (task.target !== undefined) return {fields: {[task.target]: answer}};
  // A written answer is the row's label, unless that is the class of another task.
  const labelIsFree = Object.values(config.tasks).every(({kind}) => kind !== 'classification');
  return labelIsFree && config.input.format !== 'chat' ? {label: answer} : null;
}
