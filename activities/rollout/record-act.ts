import {z} from 'zod';
import {ProvedAct} from '../../schemas/access.ts';
import {TARGETS} from '../../schemas/approval.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {actAmiss} from '../../stores/access/access-history.ts';
import type {ActivityContext} from '../context.ts';
import {auditOnce} from '../approval/audit-once.ts';
import {activity} from '../activity.ts';

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
  /** When the rollout began; of no use any more, but workflows give it. */
  since: z.iso.datetime(),
  /** The rollout's Temporal run ID, and its step from 0; missing in histories from before acts named them. */
  run: z.string().optional(),
  at: z.int().optional(),
  /** What it moves; missing in histories from before roles. */
  target: z.enum(TARGETS).optional(),
  /** By which it is proved who it was; null where that is only what the caller said. */
  signed: ProvedAct.nullable().default(null),
});

/**
 * Audits that a person went on with, or ended, a rollout: signed, or as what the caller said where nobody has to sign. Throws
 * NotPermitted for a signature that is not over this act.
 */
export const recordAct = activity(
  'cpu',
  ActInput,
  async (
    {project, by, signed, at, since: _since, ...about},
    {stores}: Pick<ActivityContext, 'stores'>,
  ): Promise<void> => {
    const {rollout, run, number, act, release} = about;
    const which: Readonly<Record<string, string>> =
      run === undefined || at === undefined ? {} : {run, step: `${at}`, number: `${number}`};
    const amiss = signed && actAmiss(signed, {act, project, about: {rollout, release, ...which}});
    if (amiss) throw new RatchetError('NotPermitted', `the ${act} of ${by} is not recorded: ${amiss}`);
    // A rollout that was reset counts anew, under another run ID.
    const once = `rollout_act/${rollout}/${run === undefined ? '' : `${run}/`}${number}`;
    await auditOnce(stores, {
      project,
      kind: 'rollout_act',
      actor: by,
      once,
      data: {
        ...about,
        ...(at === undefined ? {} : {at}),
        proof: signed === null ? 'unsigned' : 'signed',
        ...(signed === null ? {} : {signed}),
      },
    });
  },
);
