import {WorkflowNotFoundError} from '@temporalio/common';
import {z} from 'zod';
import {otherRollout, planMove, supersededBy} from '../../core/rollout/moves.ts';
import type {Mover, Want} from '../../core/rollout/moves.ts';
import {RolloutInput} from '../../schemas/deployment.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {RatchetError, type ErrorType} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {WAY_BACK} from '../../stores/pointer-history.ts';
import {keepPromotion} from '../lifecycle/outcome.ts';
import {parse} from '../parse.ts';
import {checkPermission} from './permission.ts';
import type {PermissionContext} from './permission.ts';

export type Moved =
  /** `at`: since when traffic goes so. */
  | {readonly status: 'moved'; readonly seq: number; readonly at: string}
  | {readonly status: 'superseded'; readonly reason: string};

const MoveInput = z.strictObject({
  input: RolloutInput,
  /** Deployment seq as the rollout last saw it. */
  seq: z.int().nonnegative(),
  /** The rollout's workflow ID. */
  by: z.string().min(1),
});
type MoveInput = z.infer<typeof MoveInput>;
const WeightInput = MoveInput.extend({weight: z.number().min(0).max(100)});
const OpenInput = MoveInput.omit({seq: true});
const BackInput = OpenInput.extend({reason: z.string()});

/** Checks the proof and looks whether stable still is what the candidate was judged against. Moves nothing. */
export async function openRollout(
  input: z.infer<typeof OpenInput>,
  context: PermissionContext,
): Promise<Moved> {
  const {input: rollout, by} = parse(OpenInput, input, 'openRollout');
  await checkPermission(rollout, context);
  const current = await deployment(rollout.project, context);
  const reason =
    supersededBy(current, {...rollout, seq: current.seq, by}) ??
    (await rolledOutBeside(otherRollout(current, {...rollout, by}), context));
  return reason === null
    ? {status: 'moved', seq: current.seq, at: new Date().toISOString()}
    : {status: 'superseded', reason};
}

/** What a rollout left that was terminated is taken over. */
async function rolledOutBeside(other: string | null, context: PermissionContext): Promise<string | null> {
  if (other === null) return null;
  const client = await context.client();
  const running = await client.workflow
    .getHandle(other)
    .describe()
    .then(
      ({status}) => status.name === 'RUNNING',
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      },
    );
  return running ? `another run rolls the same release out: ${other}` : null;
}

/** Copies of this share of the requests go to the candidate; nobody sees its answers. 0 ends it. */
export async function setShadow(
  input: z.infer<typeof WeightInput>,
  context: PermissionContext,
): Promise<Moved> {
  const {weight, ...move} = parse(WeightInput, input, 'setShadow');
  return permitted(move, {to: 'shadow', weight}, `shadow ${weight} %`, context);
}

/** This share of the users is answered by the candidate. */
export async function setWeight(
  input: z.infer<typeof WeightInput>,
  context: PermissionContext,
): Promise<Moved> {
  const {weight, ...move} = parse(WeightInput, input, 'setWeight');
  return permitted(move, {to: 'canary', weight}, `canary ${weight} %`, context);
}

/** The candidate becomes stable; before it does, what permits it is kept as the release's outcome. */
export async function promote(input: MoveInput, context: PermissionContext): Promise<Moved> {
  const about = parse(MoveInput, input, 'promote');
  await checkPermission(about.input, context);
  const {stable, release, project} = about.input;
  const current = await deployment(project, context);
  // The outcome of whoever has promoted it already stays.
  if (supersededBy(current, {stable, release, seq: about.seq, by: about.by}) === null)
    await keepPromotion(about.input, context.stores);
  return move(about, {to: 'stable'}, 'promoted to stable', context);
}

/**
 * Takes the candidate's canary and shadow away, whatever else is there. Needs no permission and never fails for one; with a full disk or without access to the store it is tried until it succeeds.
 */
export async function fallBack(input: z.infer<typeof BackInput>, context: PermissionContext): Promise<void> {
  const {input: rollout, by, reason} = parse(BackInput, input, 'fallBack');
  if ((await context.stores.pointers.read(rollout.project)) === null) return;
  try {
    await move({input: rollout, seq: 0, by}, {to: 'back'}, `${WAY_BACK}: ${reason}`, context);
  } catch (error) {
    // The candidate must not keep its share: what a person has to mend is waited for, not given up.
    if (error instanceof RatchetError && MENDABLE.includes(error.type))
      throw new RatchetError('Unavailable', error.message, {cause: error});
    throw error;
  }
}

const MENDABLE: readonly ErrorType[] = ['DiskFull', 'AccessDenied'];

/** Whether the rollout still has a say, e.g. while it waits for a person. */
export async function rolloutStands(input: MoveInput, context: PermissionContext): Promise<Moved> {
  const {input: rollout, seq, by} = parse(MoveInput, input, 'rolloutStands');
  const current = await deployment(rollout.project, context);
  const reason = supersededBy(current, {...rollout, seq, by});
  return reason === null
    ? {status: 'moved', seq: current.seq, at: current.at}
    : {status: 'superseded', reason};
}

async function permitted(
  about: MoveInput,
  want: Want,
  what: string,
  context: PermissionContext,
): Promise<Moved> {
  await checkPermission(about.input, context);
  return move(about, want, what, context);
}

async function move(
  {input, seq, by}: MoveInput,
  want: Want,
  what: string,
  {stores}: PermissionContext,
): Promise<Moved> {
  const mover: Mover = {release: input.release, stable: input.stable, seq, by};
  const why = `${what}: release ${short(input.release)}, run ${input.runId}`;
  let superseded: string | null = null;
  const {deployment: after} = await stores.pointers.move(input.project, (current) => {
    const plan = planMove(current, want, mover);
    superseded = 'superseded' in plan ? plan.superseded : null;
    if ('move' in plan) return {move: {...plan.move, by, why}};
    return {refusal: superseded ?? 'as wanted already'};
  });
  if (superseded !== null) return {status: 'superseded', reason: superseded};
  return {status: 'moved', seq: after.seq, at: after.at};
}

async function deployment(project: string, {stores}: PermissionContext): Promise<Deployment> {
  const current = await stores.pointers.read(project);
  if (current === null) {
    throw new RatchetError('InvalidInput', `${project} has no stable release yet: start it with ratchet run`);
  }
  return current;
}
