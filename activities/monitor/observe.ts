import {detectLanguage} from '../../core/curation/language.ts';
import {rowText} from '../../core/curation/row-text.ts';
import type {Observation} from '../../core/drift/observation.ts';
import type {Pause} from '../../core/curation/pause.ts';
import {itemOf, verdictsByTrace, pairOutcome, sameText, wasRight} from '../../core/rollout/quality.ts';
import type {UserVerdict} from '../../core/rollout/quality.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import type {Embedder} from '../../serving/clients/embedder/embedder.ts';
import type {VectorTable} from '../../stores/vectors/vector-table.ts';
import {inputOf} from './answers.ts';
import type {Answers} from './answers.ts';

export interface Eyes {
  /** Null where there is no embedder: then nothing is said about embeddings. */
  readonly embedder: Embedder | null;
  /** Embeddings of what the release was trained on; null if there are none. */
  readonly trained: VectorTable | null;
  readonly labelTasks: ReadonlySet<string>;
}

/** Answers and what users said of them → figures. `pause` is called between two answers. */
export async function observe(
  {traces, seen}: Answers,
  feedback: Iterable<Feedback>,
  {embedder, trained, labelTasks}: Eyes,
  pause: Pause = () => undefined,
): Promise<Observation[]> {
  const judged = verdictsByTrace(feedback);
  const inputs = new Set<string>();
  const answered = new Set<string>();
  const observations: Observation[] = [];
  for (const trace of traces) {
    await pause();
    const firstAnswer = !answered.has(itemOf(trace));
    answered.add(itemOf(trace));
    const fresh = !inputs.has(inputOf(trace));
    inputs.add(inputOf(trace));
    const text = rowText({fields: trace.fields});
    const vector = fresh && embedder ? (await embedder.embed([text]))[0]! : null;
    const labelled = labelTasks.has(trace.task) && trace.error === null;
    observations.push({
      chars: text.length,
      language: trace.language ?? (await detectLanguage(text)).code,
      vector,
      novelty: vector && trained ? await distanceTo(trained, vector) : null,
      fresh,
      firstAnswer,
      unit: trace.unit,
      task: trace.task,
      label: labelled ? trace.output.trim() : null,
      ...(labelled ? rightness(trace, seen, judged) : {right: null, ifSilent: true}),
    });
  }
  return observations;
}

async function distanceTo(trained: VectorTable, vector: Float32Array): Promise<number | null> {
  if (vector.every((x) => x === 0)) return null;
  return (await trained.nearest(vector, 1, {split: 'train'}))[0]?.distance ?? null;
}

/** A shadow's answer is judged by what users said of the answer they saw. */
function rightness(
  trace: Trace,
  seen: ReadonlyMap<string, string>,
  judged: ReadonlyMap<string, UserVerdict>,
): Pick<Observation, 'right' | 'ifSilent'> {
  if (trace.shadowOf === null) return {right: wasRight(trace.output, judged.get(trace.id)), ifSilent: true};
  const shown = seen.get(trace.shadowOf);
  if (shown === undefined) return {right: null, ifSilent: true};
  const outcome = pairOutcome(shown, trace.output, judged.get(trace.shadowOf));
  return {right: outcome?.other ?? null, ifSilent: sameText(shown, trace.output)};
}
