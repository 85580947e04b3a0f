import {z} from 'zod';
import type {analyseByKeys} from '../../core/rollout/by-key.ts';
import {supersededBy} from '../../core/rollout/moves.ts';
import {Analysis, RolloutInput} from '../../schemas/deployment.ts';
import type {AnalysisResult} from '../../schemas/deployment.ts';
import {promptsOf} from '../../core/releases/models.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {inThread} from '../in-thread.ts';
import {activity} from '../activity.ts';

export type Analysed =
  | {readonly status: 'measured'; readonly result: AnalysisResult}
  | {readonly status: 'superseded'; readonly reason: string};

const AnalyseInput = z.strictObject({
  input: RolloutInput,
  seq: z.int().nonnegative(),
  by: z.string().min(1),
  /** Temporal's first run ID of the rollout; missing from workflows that a former version began. */
  execution: z.string().min(1).optional(),
  spec: Analysis,
  /** ISO times from which answers count: stable's may reach further back, where a canary of 100 % leaves it none. */
  stableSince: z.iso.datetime(),
  candidateSince: z.iso.datetime(),
});

/** One measurement: the candidate's answers against stable's, as stored up to now. */
export const analyseTraffic = activity(
  'cpu',
  AnalyseInput,
  async (
    {input: rollout, by, execution: named, spec, stableSince, candidateSince},
    {stores}: Pick<ActivityContext, 'stores'>,
    {signal, runId}: Pick<Activity, 'signal' | 'runId'>,
  ): Promise<Analysed> => {
    const {project, release, stable} = rollout;
    const execution = named ?? runId;
    const current = await stores.pointers.read(project);
    const reason = current && supersededBy(current, {release, stable, by, execution});
    if (reason) return {status: 'superseded', reason};

    const families = await stores.gatewayKeys.families(project);
    const to = Date.now() + 1;
    const [fromStable, fromCandidate] = [Date.parse(stableSince), Date.parse(candidateSince)];
    const arms: {stable: Trace[]; candidate: Trace[]} = {stable: [], candidate: []};
    for await (const trace of stores.traces.read(project, {from: Math.min(fromStable, fromCandidate), to})) {
      const at = Date.parse(trace.at);
      if (trace.release === stable && trace.role === 'stable' && at >= fromStable)
        arms.stable.push(ofFamily(withoutText(trace), families));
      const ours = trace.release === release && (trace.role === 'canary' || trace.role === 'shadow');
      if (ours && at >= fromCandidate) arms.candidate.push(ofFamily(withoutText(trace), families));
    }
    const known = new Set([...arms.stable, ...arms.candidate].map(({id}) => id));
    const feedback: Feedback[] = [];
    for await (const said of stores.traces.readFeedback(project, {
      from: Math.min(fromStable, fromCandidate),
      to,
    })) {
      if (known.has(said.trace.replace(/^chatcmpl-/, ''))) feedback.push(ofFamily(said, families));
    }
    const prompts = promptsOf(await stores.registry.release(project, release));
    const labelTasks = new Set(
      Object.entries(prompts)
        .filter(([, {kind}]) => kind === 'classification')
        .map(([task]) => task),
    );
    const result = await inThread<typeof analyseByKeys>(
      'core/rollout/by-key',
      'analyseByKeys',
      [{...arms, feedback, labelTasks}, spec],
      {signal},
    );
    return {status: 'measured', result};
  },
);

/** An analysis looks at no text that users wrote: a window of many answers is held without it. */
function withoutText(trace: Trace): Trace {
  return {...trace, fields: {}};
}

/** By the first key of a line of rotations: who rotates a key is still one. */
function ofFamily<T extends {readonly key?: string | undefined}>(
  one: T,
  families: ReadonlyMap<string, string>,
): T {
  return one.key === undefined ? one : {...one, key: families.get(one.key) ?? one.key};
}
