import type {Feedback} from '../schemas/trace.ts';
import type {Traces} from '../stores/traces/traces.ts';

/** Feedback comes soon after its answer, if it comes. */
const DAYS = 30;
/** So much feedback is looked through for one page. */
const MOST_READ = 5_000;

export interface FeedbackFound {
  /** By trace, in the order in which it was given. */
  readonly of: ReadonlyMap<string, readonly Feedback[]>;
  /** False where not all of the 30 days behind the newest answer was looked through. */
  readonly whole: boolean;
}

/** What users said of these answers within 30 days of the newest of them. */
export async function feedbackOf(
  traces: Traces,
  project: string,
  answers: readonly {readonly id: string; readonly at: string}[],
): Promise<FeedbackFound> {
  const of = new Map<string, Feedback[]>(answers.map(({id}) => [id, []]));
  const times = answers.map(({at}) => Date.parse(at));
  if (times.length === 0) return {of, whole: true};
  const window = {from: Math.min(...times), to: Math.max(...times) + DAYS * 86_400_000};
  let read = 0;
  for await (const one of traces.readFeedback(project, window)) {
    read += 1;
    if (read > MOST_READ) return {of, whole: false};
    of.get(one.trace.replace(/^chatcmpl-/, ''))?.push(one);
  }
  return {of, whole: true};
}
