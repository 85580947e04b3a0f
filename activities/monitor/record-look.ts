import {z} from 'zod';
import {SignedAct} from '../../schemas/access.ts';
import {proveAct} from '../../stores/access/prove-act.ts';
import {currentRules, type RulesContext} from '../access/current-rules.ts';
import type {ActivityContext} from '../context.ts';
import {auditOnce} from '../approval/audit-once.ts';
import {tell} from '../notify/tell.ts';
import {activity} from '../activity.ts';

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
export const recordDrift = activity(
  'cpu',
  LookInput,
  async (
    {project, at, ...data},
    context: Pick<ActivityContext, 'stores' | 'file' | 'client'>,
  ): Promise<void> => {
    const kind = data.retrain === 'circuit' ? 'circuit' : 'drift';
    await auditOnce(context.stores, {project, kind, actor: 'monitor', once: `drift/${at}`, data});
    const {release, report, reason, retrain} = data;
    await tell(
      {
        id: `drift/${project}/${at}`,
        event: 'drift',
        project,
        at,
        facts: {release, report, retrain, reason: reason.slice(0, 300)},
      },
      context,
    );
  },
);

const NewDataInput = z.strictObject({
  project: z.string(),
  /** Time of the look: names it. */
  at: z.iso.datetime(),
  sources: z.array(z.string()),
});

/** Audits that new data in these sources started a retrain. */
export const recordNewData = activity(
  'cpu',
  NewDataInput,
  async ({project, at, sources}, {stores}: Pick<ActivityContext, 'stores'>): Promise<void> => {
    const data = {reason: 'new_data', sources};
    await auditOnce(stores, {
      project,
      kind: 'retrain',
      actor: 'monitor',
      once: `retrain/${at}`,
      data,
    });
  },
);

const ResetInput = z.strictObject({
  project: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
  comment: z.string(),
  /** The monitor's workflow and Temporal run ID: what a signature has to be about. Missing in histories from before. */
  monitor: z.string().default(''),
  run: z.string().default(''),
  signed: SignedAct.optional(),
});

/**
 * Audits that a person closed the circuit, if they may: signed, or as what the caller said where nobody has to sign. What was
 * signed closes it once, by the chain: `at` names the reset that did. A refusal is an answer.
 */
export const recordReset = activity(
  'cpu',
  ResetInput,
  async (
    {project, at, by, comment, monitor, run, signed},
    context: RulesContext,
  ): Promise<{status: 'closed'; by: string} | {status: 'refused'; reason: string}> => {
    const expected = {project, act: 'reset', about: {monitor, run}, target: null} as const;
    const proof = proveAct(await currentRules(context, project), expected, {by, signed, now: Date.now()});
    if (proof.status === 'refused') return proof;
    const entry = await auditOnce(context.stores, {
      project,
      kind: 'circuit',
      actor: proof.by,
      once: `circuit/${proof.status === 'proved' ? proof.digest : at}`,
      data: {
        closed: true,
        reset: at,
        comment: signed?.payload.comment ?? comment,
        ...(proof.status === 'proved' ? {proof: 'signed', signed: proof.signed} : {proof: 'unsigned'}),
      },
    });
    if (entry.data['reset'] !== at)
      return {status: 'refused', reason: 'this signature has been used: sign again'};
    return {status: 'closed', by: proof.by};
  },
);
