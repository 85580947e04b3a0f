import {z} from 'zod';
import type {ActivityContext} from '../context.ts';
import {auditOnce} from '../approval/audit-once.ts';
import {parse} from '../parse.ts';

const ActInput = z.strictObject({
  project: z.string(),
  runId: z.string(),
  rollout: z.string(),
  release: z.string(),
  act: z.enum(['promote', 'abort']),
  by: z.string(),
  comment: z.string(),
  step: z.string(),
  /** Names this act among those of the rollout. */
  number: z.int(),
  since: z.iso.datetime(),
});

/** Audits that a person went on with, or ended, a rollout. Who it was is what the caller said, not proved. */
export async function recordAct(
  input: z.infer<typeof ActInput>,
  {stores}: Pick<ActivityContext, 'stores'>,
): Promise<void> {
  const {project, since, number, by, ...about} = parse(ActInput, input, 'recordAct');
  await auditOnce(stores, {
    ...{project, kind: 'rollout_act', actor: by, once: `rollout_act/${about.rollout}/${number}`, since},
    data: about,
  });
}
