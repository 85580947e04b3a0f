import {readFile} from 'node:fs/promises';
import {parse} from 'yaml';
import {z} from 'zod';
import type {ArtifactRef} from '../../../schemas/artifact.ts';
import {RatchetError} from '../../../schemas/errors.ts';
import {short} from '../../../schemas/names.ts';
import type {TrainingJob} from '../../../schemas/training-job.ts';
import {explainError, firstOf} from '../../../schemas/explain-issue.ts';

const Labels = z.record(z.string(), z.string());
/**
 * What every training's Job is made of: a batch/v1 Job without name, whose first container runs `workers/train-job`. Image,
 * devices, node selectors, volumes and secrets are its own affair; the chart writes it.
 */
export const JobTemplate = z.looseObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z
    .looseObject({
      namespace: z.string().optional(),
      labels: Labels.optional(),
      annotations: Labels.optional(),
    })
    .default({}),
  spec: z.looseObject({
    ttlSecondsAfterFinished: z.int().min(0).optional(),
    template: z.looseObject({
      metadata: z.looseObject({labels: Labels.optional()}).default({}),
      spec: z.looseObject({
        containers: z
          .array(
            z.looseObject({
              name: z.string(),
              args: z.array(z.string()).default([]),
              env: z.array(z.unknown()).default([]),
            }),
          )
          .min(1),
      }),
    }),
  }),
});
export type JobTemplate = z.infer<typeof JobTemplate>;

/** The annotation by which two Jobs of one name are told apart: sha256 of the TrainingJob. */
export const DOCUMENT = 'ratchet.dev/document';
/** For a day `kubectl logs` shows what was said. */
const KEPT_SECONDS = 86_400;

/** Throws InvalidInput that says what the file should hold. */
export async function readJobTemplate(file: string): Promise<JobTemplate> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new RatchetError('InvalidInput', `RATCHET_TRAINING_JOB: ${file} cannot be read (${cause.code})`, {
      cause,
    });
  });
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new RatchetError('InvalidInput', `RATCHET_TRAINING_JOB: ${file} is not YAML`, {cause});
  }
  const read = JobTemplate.safeParse(value);
  if (read.success) return read.data;
  throw new RatchetError(
    'InvalidInput',
    `RATCHET_TRAINING_JOB: ${file}: ${explainError(firstOf(read.error), JobTemplate, 'the file')}; write a batch/v1 Job without name`,
  );
}

/** At most 63 characters, since pods carry it as a label. The way to each rung of a sweep is a Job of its own. */
export function jobObjectName({key, until_step: rung}: Pick<TrainingJob, 'key' | 'until_step'>): string {
  return `ratchet-train-${key.slice(0, 32)}${rung === undefined ? '' : `-step-${rung}`}`;
}

/**
 * The Job of one training. It fails with its first pod, since the activity decides about another start (it counts those that
 * reach no new checkpoint); a pod that Kubernetes itself ends for others' sake – pre-empted, evicted, drained, its node lost –
 * is no failure and is replaced, whether or not a worker is there to see it.
 */
export function jobManifest(template: JobTemplate, job: TrainingJob, document: ArtifactRef) {
  const {metadata, spec} = template;
  const labels = {
    'app.kubernetes.io/name': 'ratchet',
    'app.kubernetes.io/component': 'training',
    'ratchet.dev/project': job.project,
    'ratchet.dev/key': short(job.key),
  };
  const [trainer, ...others] = spec.template.spec.containers;
  const {args, env, ...container} = trainer!;
  return {
    ...template,
    metadata: {
      ...metadata,
      name: jobObjectName(job),
      labels: {...metadata.labels, ...labels},
      annotations: {...metadata.annotations, [DOCUMENT]: document.sha256, 'ratchet.dev/stage-key': job.key},
    },
    spec: {
      ...spec,
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      // Never two pods at once on one training.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [{action: 'Ignore', onPodConditions: [{type: 'DisruptionTarget', status: 'True'}]}],
      },
      ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished ?? KEPT_SECONDS,
      template: {
        ...spec.template,
        metadata: {
          ...spec.template.metadata,
          labels: {...spec.template.metadata.labels, ...labels},
        },
        spec: {
          ...spec.template.spec,
          restartPolicy: 'Never',
          containers: [
            {
              ...container,
              args: [...args, '--document', JSON.stringify(document)],
              env: [
                ...env,
                {name: 'JOB_UID', valueFrom: {fieldRef: {fieldPath: `metadata.labels['${CONTROLLER_UID}']`}}},
                {name: 'POD_NAME', valueFrom: {fieldRef: {fieldPath: 'metadata.name'}}},
              ],
            },
            ...others,
          ],
        },
      },
    },
  };
}

/** The Job controller's own label on its pods: the Job's uid. */
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
