import {z} from 'zod';
import type {ActivityContext} from '../context.ts';
import {auditOnce} from '../approval/audit-once.ts';
import {tell} from '../notify/tell.ts';
import {parse} from '../parse.ts';

const LookInput = z.strictObject({
  project: z.string(),
  /** Time of the look: names it. */
  at: z.iso.datetime(),
  release: z.string(),
  /** Digest of the drift report. */
  report: z.string(),
  reason: z.string(),
  retrain: z.enum(['started', 'running', 'cool_down', 'circuit']),
  hold: z.string(),
});

/** Audits drift that was found, and what was decided about it; and tells people. */
export async function recordDrift(
  input: z.infer<typeof LookInput>,
  context: Pick<ActivityContext, 'stores' | 'file' | 'client'>,
): Promise<void> {
  const {project, at, ...data} = parse(LookInput, input, 'recordDrift');
  const kind = data.retrain === 'circuit' ? 'circuit' : 'drift';
  await auditOnce(context.stores, {project, kind, actor: 'monitor', once: `drift/${at}`, since: at, data});
  const {release, report, reason, retrain} = data;
  await tell(
    {
      ...{id: `drift/${project}/${at}`, event: 'drift', project, at},
      facts: {release, report, retrain, reason: reason.slice(0, 300)},
    },
    context,
  );
}

const NewDataInput = z.strictObject({
  project: z.string(),
  /** Time of the look: names it. */
  at: z.iso.datetime(),
  sources: z.array(z.string()),
});

/** Audits that new data in these sources started a retrain. */
export async function recordNewData(
  input: z.infer<typeof NewDataInput>,
  {stores}: Pick<ActivityContext, 'stores'>,
): Promise<void> {
  const {project, at, sources} = parse(NewDataInput, input, 'recordNewData');
  const data = {reason: 'new_data', sources};
  await auditOnce(stores, {
    project,
    kind: 'retrain',
    actor: 'monitor',
    once: `retrain/${at}`,
    since: at,
    data,
  });
}

const ResetInput = z.strictObject({
  project: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
  comment: z.string(),
});

/** Audits that a person closed the circuit. Who it was is what the caller said, not proved. */
export async function recordReset(
  input: z.infer<typeof ResetInput>,
  {stores}: Pick<ActivityContext, 'stores'>,
): Promise<void> {
  const {project, at, by, comment} = parse(ResetInput, input, 'recordReset');
  const data = {closed: true, comment};
  await auditOnce(stores, {project, kind: 'circuit', actor: by, once: `circuit/${at}`, since: at, data});
}
