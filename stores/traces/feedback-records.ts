import {z} from 'zod';
import {labelNamed} from '../../core/curation/label.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Trace} from '../../schemas/trace.ts';
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
 * Corrected and confirmed answers up to `cut` (milliseconds since the epoch), one record a request's row, in the order of ids.
 * Of several words on one answer the latest correction counts, else the latest rating; a rating of +1 confirms the answer. A
 * correction that names no class of its task says nothing, and takes nothing back that was said before. The row that a
 * client names is its own: another gateway key that names it speaks of another one. Conversations are left out: a trace keeps
 * their last message alone.
 */
export async function feedbackRecords(
  traces: Traces,
  config: ProjectConfig,
  cut: number,
  familyOf: (key: string) => string = (key) => key,
): Promise<FeedbackRecord[]> {
  const said = await wordsOnAnswers(traces, config, cut);
  const records = new Map<string, FeedbackRecord>();
  // Users send what their task shows the model, and curation asks for every field.
  const empty = Object.fromEntries(config.input.fields.map((name) => [name, '']));
  if (said.size === 0) return [];
  for await (const trace of traces.read(config.project, {from: 0, to: cut})) {
    const words = said.get(trace.id);
    const learned = words && trace.shadowOf === null ? learnedFrom(trace, words, config) : null;
    if (learned === null) continue;
    const asker = trace.key === undefined ? null : familyOf(trace.key);
    const id = trace.row === null ? trace.id : asker === null ? trace.row : `${asker}:${trace.row}`;
    const known = records.get(id);
    records.set(id, {
      id,
      label: learned.label ?? known?.label ?? null,
      fields: {...empty, ...trace.fields, ...filled(known?.fields), ...learned.fields},
      key: learned.by === undefined ? asker : familyOf(learned.by),
      unit: trace.unit,
      reviewed: false,
    });
  }
  return [...records.keys()].sort().map((id) => records.get(id)!);
}

/** The latest words on one answer, by what they can say. Which task it was of is not known before its trace is read. */
interface Words {
  /** By task: the class that was named. */
  readonly labels: Map<string, Said>;
  text?: Said;
  rating?: {readonly value: number; readonly by: string | undefined};
}
interface Said {
  readonly text: string;
  /** Id of the gateway key. */
  readonly by: string | undefined;
}

async function wordsOnAnswers(
  traces: Traces,
  config: ProjectConfig,
  cut: number,
): Promise<Map<string, Words>> {
  const classes = Object.entries(config.tasks).filter(([, {kind}]) => kind === 'classification');
  const found = new Map<string, Words>();
  for await (const {trace, correction, rating, key: by} of traces.readFeedback(config.project, {
    from: 0,
    to: cut,
  })) {
    if (correction === undefined && rating === undefined) continue;
    const id = trace.replace(/^chatcmpl-/, '');
    const words: Words = found.get(id) ?? {labels: new Map()};
    found.set(id, words);
    if (rating !== undefined) words.rating = {value: rating, by};
    if (correction === undefined || correction.trim() === '') continue;
    words.text = {text: correction.trim(), by};
    for (const [task, {labels, label_aliases: aliases}] of classes) {
      const label = labelNamed(correction, labels!, aliases);
      if (label !== null) words.labels.set(task, {text: label, by});
    }
  }
  return found;
}

function filled(fields: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}

function learnedFrom(
  trace: Trace,
  words: Words,
  config: ProjectConfig,
): {by: string | undefined; label?: string; fields?: Record<string, string>} | null {
  const task = config.tasks[trace.task];
  if (!task || trace.status >= 400) return null;
  const isClass = task.kind === 'classification';
  const {text, by} =
    (isClass ? words.labels.get(trace.task) : words.text) ?? confirmed(trace, words.rating) ?? NOTHING;
  if (text === '') return null;
  if (isClass) return task.labels!.includes(text) ? {by, label: text} : null;
  if (task.target !== undefined) return {by, fields: {[task.target]: text}};
  // A written answer is the row's label, unless that is the class of another task.
  const labelIsFree = Object.values(config.tasks).every(({kind}) => kind !== 'classification');
  return labelIsFree && config.input.format !== 'chat' ? {by, label: text} : null;
}

const NOTHING: Said = {text: '', by: undefined};

function confirmed(trace: Trace, rating: Words['rating']): Said | undefined {
  return rating?.value === 1 ? {text: trace.output.trim(), by: rating.by} : undefined;
}
