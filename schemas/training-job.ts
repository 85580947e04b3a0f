import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';
import {Machine} from './machine.ts';
import {ProjectConfig} from './project.ts';
import {BaseModel} from './release.ts';
import {failsClosed} from './tolerant.ts';

/**
 * Everything that a training depends on, by reference, so that it can run on a machine that has nothing but the store. Kept
 * as an artifact: its digest is how two asks for one job are told apart.
 */
export const TrainingJob = failsClosed(
  z.strictObject({
    v: z.literal(1),
    project: z.string(),
    /** The stage key. */
    key: Digest,
    base: BaseModel,
    /** Where its weights are looked for, on the machine that trains. */
    base_model: ProjectConfig.shape.base_model.unwrap(),
    /** Hyperparameters, as trainer/ratchet_trainer/spec.py names and checks them. */
    training: z.record(z.string(), z.unknown()),
    /** Required: a base that llama.cpp has no adapter layout for is refused before the first step. */
    gguf: z.enum(['required', 'if_possible']),
    /** Where its figures go, too; missing: nowhere else. */
    tracking: z.record(z.string(), z.string()).optional(),
    /** Which engine will serve it: rows are tokenised as it tokenises. Missing where an earlier version asked. */
    engine: z.enum(['llama.cpp', 'vllm']).optional(),
    /** So many of each task's first validation rows are scored at the end. */
    score_rows: z.int().min(1),
    train: ArtifactRef,
    validation: ArtifactRef,
    /** Ids of golden rows, one a line. */
    golden: ArtifactRef,
    /** The adapter that training goes on from; null = none. */
    init: z.strictObject({weights: ArtifactRef, config: ArtifactRef}).nullable(),
    /** A rung of a sweep: stop there with a checkpoint and the validation loss; missing: to the end. */
    until_step: z.int().min(1).optional(),
  }),
);
export type TrainingJob = z.infer<typeof TrainingJob>;

/** What a training that reached its end left in the store. */
export const TrainingOutputs = z.strictObject({
  safetensors: ArtifactRef,
  config: ArtifactRef,
  /** Null where llama.cpp has no layout for it. */
  gguf: ArtifactRef.nullable(),
  /** events.jsonl. */
  events: ArtifactRef,
  scores: ArtifactRef,
  /** The files of out/merged; missing without `merge_lora`. */
  merged: z.record(z.string(), ArtifactRef).optional(),
  metrics: z.record(z.string(), z.unknown()),
  machine: Machine,
});
export type TrainingOutputs = z.infer<typeof TrainingOutputs>;

/**
 * checkpoints/PROJECT/KEY/outcome.json: the last word of a training whose disk is gone with its machine. `by` is who wrote
 * it (the uid of the Kubernetes Job), so that a later job is not taken for an earlier one's.
 */
export const TrainingOutcome = z.strictObject({
  v: z.literal(1),
  by: z.string(),
  code: z.int(),
  type: z.string().optional(),
  message: z.string().optional(),
  /** The step at which it stopped as it was asked to, short of its end. */
  rung: z.int().optional(),
  /** Null unless code is 0 and it came to its end. */
  outputs: TrainingOutputs.nullable(),
  /** What was said until then; null where nothing was. */
  events: ArtifactRef.nullable(),
});
export type TrainingOutcome = z.infer<typeof TrainingOutcome>;
