/** What a window holds of one answer: figures only, no text. */
export interface Observation {
  /** Length of the request's text in characters. */
  readonly chars: number;
  /** ISO 639-1, `und` where nothing was detected. */
  readonly language: string;
  /** Embedding of the request's text; null where it was not embedded. */
  readonly vector: Float32Array | null;
  /** Cosine distance to the nearest row that the release was trained on; null where that is not known. */
  readonly novelty: number | null;
  /** False for a further answer to the same row: the input counts once. */
  readonly fresh: boolean;
  readonly task: string;
  /** The label that was answered; null for tasks whose answer is no label, and for errors. */
  readonly label: string | null;
  /** Whether the label was right, by users' word; null if they said nothing. */
  readonly right: boolean | null;
  /** What their silence would mean: true for an answer they saw; for a shadow's, whether it is the one they saw. */
  readonly ifSilent: boolean;
  /** Who asked: the trace's keyed hash. Missing: nobody knows. */
  readonly unit?: string;
  /** False for a further answer of the task to the same row, which says nothing new of label and rightness. Missing: true. */
  readonly firstAnswer?: boolean;
}

/** Thresholds of effect sizes, and how sure they must be: `monitor` of ratchet.yaml. */
export interface DriftSettings {
  /** Answers in a window. */
  readonly window: number;
  readonly psi: number;
  readonly jensen_shannon: number;
  readonly wasserstein: number;
  readonly embedding: number;
  readonly accuracy_drop: number;
  readonly alpha: number;
  readonly permutations: number;
}

/** Fewer answers than this in either window say nothing: half a window, 20 at least. */
export function leastAnswers({window}: Pick<DriftSettings, 'window'>): number {
  return Math.max(20, Math.floor(window / 2));
}
