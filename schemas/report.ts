import {z} from 'zod';
import {ArtifactRef, Digest, Estimate} from './artifact.ts';
import {JUDGE_METRIC, JUDGE_ORDER_METRIC, VERDICTS} from './names.ts';

export const Verdict = z.enum(VERDICTS);

/** How a gate decides. All but a judge's are pure functions of stored samples. */
export const GateSpec = z
  .strictObject({
    /** `triage_balanced_accuracy`, `subject_rouge_l`, `subject_bleu`, `validation_perplexity`, `general_perplexity`, `pii_leak_rate`, `injection_rate`, `jailbreak_rate`, `latency_p50_ms`, `cost_per_1k`, `judge_win_rate`, … */
    metric: z.string(),
    /**
     * `non-inferiority`: the one-sided 95 % bound of candidate − stable, in the metric's good direction, is above −margin.
     * `superiority`: … is above margin, the least gain worth having (0 by default).
     * `at-least` / `at-most`: the bound of the candidate alone is on the right side of `limit`.
     */
    test: z.enum(['non-inferiority', 'superiority', 'at-least', 'at-most']),
    /** A ratchet.yaml has to name it for `non-inferiority`, and only one that compares with stable may. */
    margin: z.number().nonnegative().default(0),
    /** Of `at-least` and `at-most`; a ratchet.yaml may not name it for the others. */
    limit: z.number().optional(),
    /** Only the items of this slice (`frozen`, `new_batch`, `new-thread`, …); all of them if missing. */
    slice: z.string().optional(),
    /** Of the two that compare: with what, stable where it is missing. `anchor` is the release that `gauntlet.anchor` names. */
    against: z.enum(['stable', 'anchor']).optional(),
    /** Missing: all but a judge's gates are. */
    required: z.boolean().optional(),
    /** `always`, or only in a first run, or only in a retrain (where stable already is a fine-tuned release). */
    when: z.enum(['always', 'first', 'retrain']).default('always'),
  })
  .transform((gate) => ({
    ...gate,
    required: gate.required ?? (gate.metric !== JUDGE_METRIC && gate.metric !== JUDGE_ORDER_METRIC),
  }));
export type GateSpec = z.infer<typeof GateSpec>;

export const GateResult = z.strictObject({
  spec: GateSpec,
  verdict: Verdict,
  /** In words: the figures and the rule, one line. */
  reason: z.string(),
  candidate: Estimate.nullable(),
  stable: Estimate.nullable(),
  /** candidate − stable over paired items, positive = better; null for at-least / at-most. */
  difference: Estimate.nullable(),
  /** The one-sided 95 % bound that decided. */
  bound: z.number().nullable(),
  /**
   * Smallest true difference this gate would have found with power .8; for at-least / at-most the smallest distance from the
   * limit, on its good side. Null where no true figure would do, or none can be named.
   */
  minimumDetectable: z.number().nullable(),
  /** What it rests on; gates that nothing was asked for, and reports of earlier versions, lack it. */
  basis: z
    .strictObject({
      /** Clusters of the items that it was decided on. */
      clusters: z.int(),
      /** Items, each its own cluster, without which not even faultless answers pass; null where no number of them does. */
      smallest: z.int().nullable(),
      /** How the bound comes about: `betting over clusters`. */
      method: z.string(),
    })
    .optional(),
});
export type GateResult = z.infer<typeof GateResult>;

/** One item answered by one release. Deterministic: times stand in the report's latency metrics, not here. */
export const Sample = z.strictObject({
  release: Digest,
  task: z.string(),
  /** Row id, or the probe's id. */
  item: z.string(),
  cluster: z.string(),
  slices: z.array(z.string()),
  /** What the model was to answer, as far as there is a reference. */
  expected: z.string().nullable(),
  /** Scrubbed before it is stored. */
  output: z.string(),
  /** metric → score of this item (1/0 for correct, ROUGE-L, NLL sum …). */
  scores: z.record(z.string(), z.number()),
  promptTokens: z.int(),
  completionTokens: z.int(),
  /** An item that could not be scored is an error, never a 0. */
  error: z.string().nullable(),
});
export type Sample = z.infer<typeof Sample>;

/** The candidate against a baseline, on the same items. */
export const BaselineComparison = z.strictObject({
  metric: z.string(),
  /** By one-sided 95 % bounds of the difference: `pass` is shown to be better, `fail` to be worse, `inconclusive` neither. */
  verdict: Verdict,
  candidate: Estimate.nullable(),
  baseline: Estimate.nullable(),
  /** candidate − baseline over paired items, positive = better. */
  difference: Estimate.nullable(),
  /** Mean time of an answer, measured; missing where one of the two was not timed. */
  milliseconds: z
    .strictObject({candidate: z.number().nonnegative(), baseline: z.number().nonnegative()})
    .optional(),
  /** In words: the figures and the bound, one line. */
  reason: z.string(),
});
export type BaselineComparison = z.infer<typeof BaselineComparison>;

/** What the gauntlet measured of a candidate release against the stable one. */
export const Report = z.strictObject({
  v: z.literal(1),
  project: z.string(),
  release: Digest,
  stable: Digest,
  dataset: Digest.nullable(),
  /** Digest of the gate policy (all GateSpecs and evaluation settings). */
  policy: Digest,
  /** Digest of the project's whole policy at the run's start: people, roles, quorum, gates, rollout. Earlier reports lack it. */
  projectPolicy: Digest.optional(),
  verdict: Verdict,
  gates: z.array(GateResult),
  /** metric → estimate. `base` is the bare base model's, measured or taken from the cache. */
  metrics: z.strictObject({
    base: z.record(z.string(), Estimate),
    stable: z.record(z.string(), Estimate),
    candidate: z.record(z.string(), Estimate),
  }),
  /** slice → metric → estimate, candidate only. */
  slices: z.record(z.string(), z.record(z.string(), Estimate)),
  /** The same of stable; reports of earlier versions lack it. */
  stableSlices: z.record(z.string(), z.record(z.string(), Estimate)).optional(),
  /** What a model has to beat, never hidden: `always_<majority>`, `bag_of_words`. */
  baselines: z.record(z.string(), z.record(z.string(), Estimate)),
  /** Of each task with labels, by its headline metric: is the candidate better than bag of words? Earlier reports lack it. */
  bagOfWords: z.array(BaselineComparison).optional(),
  /** JSONL of Sample, one file a release. */
  samples: z.strictObject({stable: ArtifactRef, candidate: ArtifactRef, base: ArtifactRef}),
  /** The release that `gauntlet.anchor` names, asked the same; missing without one, and where it is stable or the base itself. */
  anchor: z
    .strictObject({release: Digest, metrics: z.record(z.string(), Estimate), samples: ArtifactRef})
    .optional(),
  errors: z.int(),
  /** What was not measured and why. */
  notes: z.array(z.string()),
});
export type Report = z.infer<typeof Report>;

/** What the gauntlet stage returns: the report's digest is what an approval binds. */
export const GauntletResult = z.strictObject({
  release: Digest,
  stable: Digest,
  verdict: Verdict,
  report: ArtifactRef,
  html: ArtifactRef,
  markdown: ArtifactRef,
  modelCard: ArtifactRef,
});
export type GauntletResult = z.infer<typeof GauntletResult>;
