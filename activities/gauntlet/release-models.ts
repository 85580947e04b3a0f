import {askedInOrder, isOpen, tasksOf, type EngineModel} from '../../core/releases/models.ts';
import type {ModelPart, OpenModel, Release} from '../../schemas/release.ts';
import type {gauntlet} from '../../schemas/stages/gauntlet.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {onAnEngine} from '../engines/on-an-engine.ts';
import type {StageCall} from '../stage/stage-activity.ts';
import {baseTokenizer} from '../train/base-tokenizer.ts';
import type {Asking} from './ask-item.ts';
import {engineModel, type AskedModel, type Engine} from './asked-model.ts';
import {providerModel} from './provider-model.ts';

type Call = StageCall<typeof gauntlet>;

/** The models of a release as its tasks ask them first, opened once each. */
export async function askedModelsOf(
  release: Release,
  call: Call,
  context: ActivityContext,
  activity: Activity,
): Promise<Asking['modelOf']> {
  const opened = new Map<string, AskedModel>();
  const ofTask = new Map<string | null, AskedModel>();
  const open = async (name: string, part: ModelPart): Promise<AskedModel> => {
    if (isOpen(part)) return onEngines(release, part, call, context, activity);
    const {models} = call.operation;
    const {project, digest} = release;
    return providerModel({project, release: digest, name, part, models}, context, activity);
  };
  for (const task of Object.keys(tasksOf(release))) {
    const {name, part} = askedInOrder(release, task)[0]!;
    const model = opened.get(name) ?? (await open(name, part));
    opened.set(name, model);
    ofTask.set(task, model);
    if (!ofTask.has(null)) ofTask.set(null, model);
  }
  return (task) => ofTask.get(task) ?? ofTask.get(null)!;
}

async function onEngines(
  {project, digest}: Release,
  {adapter, ...base}: OpenModel,
  call: Call,
  context: ActivityContext,
  activity: Activity,
): Promise<AskedModel> {
  const {settings, operation} = call;
  const tokenizer = await baseTokenizer(
    {base: settings.base ?? base, baseModel: operation.baseModel},
    context,
    base.hub,
  );
  return engineModel(counted(call, {project, digest, base, adapter}, context, activity), tokenizer);
}

/** An engine; what it takes is counted on the activity. */
function counted(
  {settings: {engine}, operation}: Call,
  served: EngineModel,
  context: ActivityContext,
  activity: Activity,
): Engine {
  /** An embedded engine's time is its threads', a server's its GPU's. */
  const engineTime = (ms: number) =>
    engine.kind === 'llama.cpp' ? {cpuSeconds: (ms / 1000) * engine.threads} : {gpuSeconds: ms / 1000};
  return {
    complete: async (asked) => {
      const answer = await onAnEngine(context, operation, served, (client, name) =>
        client.complete({...asked, model: name, signal: activity.signal}),
      );
      const {promptTokens, completionTokens, latencyMs} = answer;
      activity.spend({...engineTime(latencyMs), promptTokens, completionTokens});
      return answer;
    },
    scoreCompletion: async (asked) => {
      const score = await onAnEngine(context, operation, served, (client, name) =>
        client.scoreCompletion({...asked, model: name, signal: activity.signal}),
      );
      const {promptTokens, tokens, latencyMs} = score;
      activity.spend({...engineTime(latencyMs), promptTokens: promptTokens + tokens});
      return score;
    },
  };
}
