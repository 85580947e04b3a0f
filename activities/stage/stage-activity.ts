import {z} from 'zod';
import {RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/resolved-project.ts';
import {StageRequest} from '../../schemas/stage.ts';
import type {AnyStage, InputsOf, OperationOf, SettingsOf} from '../../schemas/stages/define-stage.ts';
import type {CachedStage} from '../../schemas/stages/stages.ts';
import {activity, type ActivityDefinition, type ActivityQueue, type Given} from '../activity.ts';
import type {Activity, ActivityContext} from '../context.ts';

/** A request as the stage's own activities see it: its keyed settings in place of the project. */
export interface StageCall<Stage extends AnyStage> {
  readonly stage: CachedStage;
  readonly project: string;
  readonly settings: SettingsOf<Stage>;
  readonly operation: OperationOf<Stage>;
  readonly inputs: InputsOf<Stage>;
  readonly refs: StageRequest['refs'];
  readonly keyFingerprint: string;
  readonly run: string | null;
}

/** Fields beside the request; of none, nothing. */
type InputOf<Shape extends z.ZodRawShape> = keyof Shape extends never ? unknown : z.input<z.ZodObject<Shape>>;
type OutputOf<Shape extends z.ZodRawShape> = keyof Shape extends never
  ? unknown
  : z.output<z.ZodObject<Shape>>;

/**
 * An activity of a cached stage. Its body is given the stage's settings and where the work is done, and no other part of the
 * project: what is not in the key cannot be read.
 */
export function stageActivity<
  Stage extends AnyStage,
  Queue extends ActivityQueue,
  Shape extends z.ZodRawShape,
  Output,
  Context extends Pick<ActivityContext, 'stores'> = ActivityContext,
  Run = Activity,
>(
  stage: Stage | readonly Stage[],
  queue: Queue,
  shape: Shape,
  body: (
    input: {readonly request: StageCall<Stage>} & OutputOf<Shape>,
    context: Context,
    activity: Run,
  ) => Promise<Output>,
): ActivityDefinition<
  Queue,
  Given<{request: z.input<typeof StageRequest>} & InputOf<Shape>>,
  Output,
  Context,
  Run
> {
  const stages = [stage].flat() as readonly Stage[];
  const schema = z.object({request: StageRequest, ...shape});
  return activity<Queue, z.ZodType, Output, Context, Run>(queue, schema, async (input, context, run) => {
    const {request, ...rest} = input as {request: StageRequest} & OutputOf<Shape>;
    return body({...rest, request: await asked(stages, request, context)} as never, context, run);
  });
}

async function asked<Stage extends AnyStage>(
  stages: readonly Stage[],
  request: StageRequest,
  {stores}: Pick<ActivityContext, 'stores'>,
): Promise<StageCall<Stage>> {
  const stage = stages.find(({name}) => name === request.stage);
  if (stage === undefined)
    throw new RatchetError(
      'InvalidInput',
      `request.stage: expected ${stages.map(({name}) => name).join(' or ')}, got ${request.stage}`,
    );
  const project = await stores.artifacts.getJson(request.resolved, ResolvedProject);
  return {
    stage: request.stage,
    project: request.project,
    settings: stage.settings(project) as SettingsOf<Stage>,
    operation: stage.operation(project) as OperationOf<Stage>,
    inputs: inputsOf(stage, request) as InputsOf<Stage>,
    refs: request.refs,
    keyFingerprint: request.keyFingerprint,
    run: request.run ?? null,
  };
}

/** Throws InvalidInput where one is missing that the stage cannot do without. */
export function inputsOf(
  {name: stage, inputs}: {readonly name: string; readonly inputs: readonly string[]},
  request: Pick<StageRequest, 'inputs'>,
): Readonly<Record<string, string>> {
  const missing = inputs.find((name) => !name.endsWith('?') && request.inputs[name] === undefined);
  if (missing !== undefined)
    throw new RatchetError('InvalidInput', `${stage}: the request lacks the input "${missing}"`);
  return request.inputs;
}
