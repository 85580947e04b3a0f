import {z} from 'zod';
import {planBack, planMove, planOpening, supersededBy, wasPromoted} from '../../core/rollout/moves.ts';
import type {Mover, PlannedMove, Want} from '../../core/rollout/moves.ts';
import {RolloutInput} from '../../schemas/deployment.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {RatchetError, type ErrorType} from '../../schemas/errors.ts';
import {rolloutWorkflowId, short} from '../../schemas/names.ts';
import {followedChain} from '../../stores/audit/followed-chain.ts';
import {WAY_BACK, type RecordedMove} from '../../stores/audit/move-entry.ts';
import type {Activity} from '../context.ts';
import {keepPromotion} from '../lifecycle/outcome.ts';
import {activity} from '../activity.ts';
import {currentRun} from './current-run.ts';
import {checkPermission, notPermitted} from './permission.ts';
import type {PermissionContext} from './permission.ts';

export type Moved =
  /** `seq`: the rollout's own last move, which its next one has to name. `at`: since when traffic goes so. */
  | {readonly status: 'moved'; readonly seq: number; readonly at: string}
  | {readonly status: 'superseded'; readonly reason: string};

/** Of which run of which workflow an activity is. */
type Caller = Pick<Activity, 'workflowId' | 'runId'>;

const OpenInput = z.strictObject({
  input: RolloutInput,
  /** The rollout's workflow ID. */
  by: z.string().min(1),
  /** Its first run ID, the same after a reset; missing from workflows that a former version began. */
  execution: z.string().min(1).optional(),
});
type OpenInput = z.infer<typeof OpenInput>;
const MoveInput = OpenInput.extend({
  /** The rollout's own last move, as it saw it. */
  seq: z.int().nonnegative(),
});
type MoveInput = z.infer<typeof MoveInput>;
const WeightInput = MoveInput.extend({weight: z.number().min(0).max(100)});
const BackInput = OpenInput.extend({reason: z.string()});

/**
 * Checks the proof, and makes this rollout the one whose moves count, if stable still is what the candidate was judged against.
 * Throws NotPermitted where the approval was used before. Takes away what a rollout left whose workflow runs no more.
 */
export const openRollout = activity(
  'cpu',
  OpenInput,
  async (about, context: PermissionContext, caller: Caller): Promise<Moved> => {
    const {input: rollout} = about;
    await permitted(about, context, caller);
    const mover = moverOf(about, caller);
    await deployment(rollout.project, context);
    return swap(about, 'opened', context, async (current) => {
      const {pointers} = await followedChain(context.stores, rollout.project).read();
      const used = pointers.opens(mover, Date.now());
      if (used !== null) throw notPermitted(rollout, used);
      const plan = planOpening(current, mover);
      if (!('move' in plan)) return plan;
      if ('takes' in plan && (await currentRun(plan.takes.by, context)) !== null)
        return {superseded: `another rollout is under way: ${plan.takes.by} (${current.why})`};
      return (await lapsed(mover, context)) ?? plan;
    });
  },
);

/** Copies of this share of the requests go to the candidate; nobody sees its answers. 0 ends it. */
export const setShadow = activity(
  'cpu',
  WeightInput,
  async ({weight, ...about}, context: PermissionContext, caller: Caller): Promise<Moved> => {
    await permitted(about, context, caller);
    return move(about, {to: 'shadow', weight}, `shadow ${weight} %`, context, caller);
  },
);

/** This share of the users is answered by the candidate. */
export const setWeight = activity(
  'cpu',
  WeightInput,
  async ({weight, ...about}, context: PermissionContext, caller: Caller): Promise<Moved> => {
    await permitted(about, context, caller);
    return move(about, {to: 'canary', weight}, `canary ${weight} %`, context, caller);
  },
);

/** The candidate becomes stable; before it does, what permits it is kept as the release's outcome. */
export const promote = activity(
  'cpu',
  MoveInput,
  async (about, context: PermissionContext, caller: Caller): Promise<Moved> => {
    await permitted(about, context, caller);
    const current = await deployment(about.input.project, context);
    // The outcome of whoever has promoted it already stays.
    if ('move' in planMove(current, {to: 'stable'}, moverOf(about, caller)))
      await keepPromotion(about.input, context.stores);
    return move(about, {to: 'stable'}, 'promoted to stable', context, caller);
  },
);

/**
 * Ends the rollout: takes the candidate's canary and shadow away, whatever else is there, and writes that it has ended even where
 * there is nothing to take, so that no attempt that was thought dead moves after it. Needs no permission and never fails for
 * one; with a full disk or without access to the store it is tried until it succeeds. `promoted`: it has been, by an attempt of
 * which nothing was heard, and nobody has rolled it back; that stays.
 */
export const fallBack = activity(
  'cpu',
  BackInput,
  async ({reason, ...about}, context: PermissionContext, caller: Caller): Promise<'back' | 'promoted'> => {
    const {project, runId} = about.input;
    // What is not the rollout of its run can move nothing, so there is nothing to end.
    if (about.by !== rolloutWorkflowId(runId)) return 'back';
    if ((await context.stores.pointers.read(project)) === null) return 'back';
    try {
      const mover = moverOf(about, caller);
      let promoted = false;
      await swap(about, `${WAY_BACK}: ${reason}`, context, (current) => {
        promoted = wasPromoted(current, mover);
        return planBack(current, mover);
      });
      return promoted ? 'promoted' : 'back';
    } catch (error) {
      // The candidate must not keep its share: this waits until a person has fixed the cause, and does not give up.
      if (error instanceof RatchetError && MENDABLE.includes(error.type))
        throw new RatchetError('Unavailable', error.message, {cause: error});
      throw error;
    }
  },
);

const MENDABLE: readonly ErrorType[] = ['DiskFull', 'AccessDenied'];

/** Whether the rollout still has a say, e.g. while it waits for a person. */
export const rolloutStands = activity(
  'cpu',
  MoveInput,
  async (about, context: PermissionContext, caller: Caller): Promise<Moved> => {
    const current = await deployment(about.input.project, context);
    const reason = supersededBy(current, moverOf(about, caller));
    return reason === null
      ? {status: 'moved', seq: about.seq, at: current.at}
      : {status: 'superseded', reason};
  },
);

async function permitted(
  {input, by}: OpenInput,
  context: PermissionContext,
  {workflowId}: Caller,
): Promise<void> {
  if (by !== rolloutWorkflowId(input.runId) || by !== workflowId)
    throw notPermitted(input, `${workflowId} is not the rollout of run ${input.runId}`);
  await checkPermission(input, context);
}

async function move(
  about: MoveInput,
  want: Want,
  what: string,
  context: PermissionContext,
  caller: Caller,
): Promise<Moved> {
  const mover = moverOf(about, caller);
  return swap(about, what, context, async (current) => {
    const plan = planMove(current, want, mover);
    if (!('move' in plan)) return plan;
    await judged(current, {...plan.move, by: about.by, why: whyOf(about, what)}, about.input, context);
    return (await lapsed(mover, context)) ?? plan;
  });
}

/** Throws NotPermitted for a move that audit verify would call a break, and that no gateway would answer by. */
async function judged(
  current: Deployment,
  move: Omit<RecordedMove, 'seq'>,
  rollout: RolloutInput,
  {stores}: PermissionContext,
): Promise<void> {
  const history = await followedChain(stores, rollout.project).read();
  const standing = history.standing(current);
  const reason =
    standing.status === 'amiss'
      ? `the deployment is not what the audit chain explains: ${standing.reason}; run audit verify`
      : history.pointers.against({...move, seq: current.seq + 1}, Date.now());
  if (reason !== null) throw notPermitted(rollout, reason);
}

/** Why a workflow may not move any more: it has ended, or it was reset and this attempt is of the run before. */
async function lapsed(
  {by, run}: Mover,
  context: PermissionContext,
): Promise<{readonly superseded: string} | null> {
  const now = await currentRun(by, context);
  return now === run
    ? null
    : {superseded: now === null ? 'its workflow has ended' : 'its workflow was reset'};
}

async function swap(
  {input, by}: OpenInput,
  what: string,
  {stores}: PermissionContext,
  plan: (current: Deployment) => PlannedMove | Promise<PlannedMove>,
): Promise<Moved> {
  const why = whyOf({input}, what);
  let already: number | null = null;
  const done = await stores.pointers.move(input.project, async (current) => {
    const planned = await plan(current);
    already = 'already' in planned ? planned.already : null;
    if ('move' in planned) return {move: {...planned.move, by, why}};
    return {refusal: 'superseded' in planned ? planned.superseded : 'as wanted already'};
  });
  const {at, seq} = done.deployment;
  if (done.status === 'moved') return {status: 'moved', seq, at};
  return already === null ? {status: 'superseded', reason: done.reason} : {status: 'moved', seq: already, at};
}

function whyOf({input: {release, runId}}: Pick<OpenInput, 'input'>, what: string): string {
  return `${what}: release ${short(release)}, run ${runId}`;
}

function moverOf<T extends OpenInput>(about: T, {runId}: Caller): Mover & Pick<T, Extract<keyof T, 'seq'>> {
  const {release, stable} = about.input;
  return {...about, release, stable, execution: about.execution ?? runId, run: runId};
}

async function deployment(project: string, {stores}: PermissionContext): Promise<Deployment> {
  const current = await stores.pointers.read(project);
  if (current === null) {
    throw new RatchetError('InvalidInput', `${project} has no stable release yet: start it with ratchet run`);
  }
  return current;
}
