import type {z} from 'zod';
import type {ArtifactRef} from '../artifact.ts';
import type {ResolvedProject} from '../resolved-project.ts';

/**
 * A cached stage, declared once: its key, the types of its activities, its row in cost reports and the names that workflows
 * use all follow from this. Its code is `workflows/NAME.ts` and `activities/NAME/`.
 */
export interface StageDefinition<
  Name extends string = string,
  Input extends string = string,
  Settings = unknown,
  Operation = unknown,
  Result = unknown,
> {
  readonly name: Name;
  /**
   * Part of the key. Raise it when the same settings and inputs would give other bytes: results of the former version are
   * then not reused. `test/stages/golden.test.ts` fails when bytes change without it.
   */
  readonly version: number;
  /** What the stage's workflow returns. */
  readonly result: z.ZodType<Result>;
  /** Names of the digests that it starts from, each part of the key; `?` behind a name: it may be missing. */
  readonly inputs: readonly Input[];
  /** What its cost is estimated by. */
  readonly unit: 'records' | 'rows' | 'answers';
  /** The settings that its output depends on, each part of the key. Its activities see these and `operation`, nothing else. */
  settings(project: ResolvedProject): Settings;
  /** Where and how the work is done: addresses, limits, sizes of a batch. None of it may change the output. */
  operation(project: ResolvedProject): Operation;
  /** Artifacts without which a kept result is of no use, beside what {@link StageDefinition.result} refers to by name. */
  artifacts(result: Result): readonly ArtifactRef[];
}

/** @example const train = defineStage({name: 'train', version: 1, inputs: ['dataset', 'init'], …}) */
export function defineStage<
  const Name extends string,
  const Input extends string,
  Settings,
  Operation,
  Result,
>(
  stage: StageDefinition<Name, Input, Settings, Operation, Result>,
): StageDefinition<Name, Input, Settings, Operation, Result> {
  return stage;
}

/** What of a stage its activities depend on. */
export type AnyStage = Pick<StageDefinition, 'name' | 'inputs' | 'settings' | 'operation'>;

/** The digests that a stage's activities get, by name. */
export type InputsOf<Stage extends Pick<StageDefinition, 'inputs'>> = Named<Stage['inputs'][number]>;
type Named<Input extends string> = Readonly<
  {[Name in Input as Name extends `${string}?` ? never : Name]: string} & {
    [Name in Input as Name extends `${infer Optional}?` ? Optional : never]?: string;
  }
>;
export type SettingsOf<Stage extends Pick<StageDefinition, 'settings'>> = ReturnType<Stage['settings']>;
export type OperationOf<Stage extends Pick<StageDefinition, 'operation'>> = ReturnType<Stage['operation']>;
export type ResultOf<Stage extends Pick<StageDefinition, 'result'>> = z.output<Stage['result']>;
