import {z} from 'zod';
import {SignedAct} from '../../schemas/access.ts';
import {TARGETS} from '../../schemas/approval.ts';
import {proveAct as judge, type Proof} from '../../stores/access/prove-act.ts';
import {activity} from '../activity.ts';
import {currentRules, type RulesContext} from './current-rules.ts';

const ProveInput = z.strictObject({
  project: z.string(),
  act: z.enum(['promote', 'abort']),
  target: z.enum(TARGETS),
  about: z.record(z.string(), z.string()),
  said: z.strictObject({by: z.string(), comment: z.string(), signed: SignedAct.optional()}),
});

/** Whether somebody may go on with, or end, a rollout, by the people and roles in force now. Refusals are answers. */
export const proveAct = activity(
  'cpu',
  ProveInput,
  async ({said, ...expected}, context: RulesContext): Promise<Proof> => {
    const rules = await currentRules(context, expected.project);
    return judge(rules, expected, {...said, now: Date.now()});
  },
);
