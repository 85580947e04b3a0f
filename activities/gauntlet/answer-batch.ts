import {scrub} from '../../core/curation/pii/scrub.ts';
import {ENTITIES} from '../../schemas/names.ts';
import {ASPECTS} from '../../core/evaluation/catalog/metric.ts';
import {isOpen, modelsOf} from '../../core/releases/models.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Release} from '../../schemas/release.ts';
import type {Sample} from '../../schemas/report.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {known} from '../../schemas/tolerant.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {thisMachine} from '../machine.ts';
import {overBudget} from '../cost/over-budget.ts';
import {mapAtOnce} from '../at-once.ts';
import {stageActivity, type StageCall} from '../stage/stage-activity.ts';
import {askItem, ASKING_VERSION, failed, type ItemAnswer as AskedItem} from './ask-item.ts';
import {AskingError, UnaskableError} from './asked-model.ts';
import {askedModelsOf} from './release-models.ts';
import {GauntletBatch} from './batch.ts';
import {Item, type Answers, type Timing} from './item.ts';
import {contendersOf, distinct} from './plan-gauntlet.ts';

/**
 * A release's samples of one batch; found in the store if this release answered these items before, with the same scorer.
 * Gives a reference to an Answers document. An item that cannot be asked or scored is a sample with an error; an engine
 * that cannot be reached fails the attempt.
 */
export const answerBatch = stageActivity(
  gauntlet,
  'cpu',
  {batch: GauntletBatch},
  async ({request, batch}, context, activity): Promise<ArtifactRef> => {
    const {artifacts, cache} = context.stores;
    const {settings, operation} = request;
    const contenders = await contendersOf(request, context);
    const release = distinct(contenders).find((one) => one.release.digest === batch.release)?.release;
    if (release === undefined) {
      throw new RatchetError(
        ErrorType.InvalidInput,
        `answerBatch: release ${batch.release} is neither candidate, stable, base nor anchor of this run`,
      );
    }
    const key = answersKey(release, batch.ref, settings.engine);
    const found = await cache.find('answers', key);
    if (found) return known(ArtifactRef).parse(found.result);
    await refuseOverBudget(request, context, activity);

    const modelOf = await askedModelsOf(release, request, context, activity);
    const items: Item[] = [];
    for await (const item of artifacts.lines(batch.ref, Item)) items.push(item);

    const from = new Date().toISOString();
    let done = 0;
    const progress = () => activity.progress({done, total: items.length, unit: 'answers', note: batch.title});
    progress();
    const all = await mapAtOnce(
      items,
      Math.min(...items.map((item) => modelOf(taskOf(item)).atOnce)),
      async (item) => {
        activity.signal.throwIfAborted();
        const asked = await orError(() => askItem(item, {release, modelOf}));
        activity.spend({units: 1});
        done++;
        progress();
        return {asked, sample: toSample(item, release, asked, context.rowKey)};
      },
    );
    const samples = all.map(({sample}) => sample);
    const timings = all.flatMap(({asked, sample: {task, item}}): Timing[] =>
      asked.error === null ? [{task, item, ms: asked.ms}] : [],
    );
    const answers: Answers = {
      v: 1,
      release: release.digest,
      samples: (await artifacts.putLines(samples)).ref,
      timings: (await artifacts.putLines(timings)).ref,
      asked: {
        from,
        to: new Date().toISOString(),
        engine: askedAt(release, operation),
        machine: thisMachine(),
      },
    };
    const ref = await artifacts.putJson(answers);
    // An error may have been of the moment: it is never found again.
    if (samples.some((sample) => sample.error !== null)) return ref;
    const kept = await cache.store({
      v: 1,
      stage: 'answers',
      key,
      project: request.project,
      at: new Date().toISOString(),
      result: ref,
      artifacts: [ref, answers.samples, answers.timings],
    });
    // Of two that answered at once, both go on with the first one's.
    return known(ArtifactRef).parse(kept.result);
  },
);

/**
 * Release (so base, adapter, prompts, generation settings), items and scorer: what a sample's content depends on; and the
 * engine, which the times beside the samples are of.
 */
function answersKey(
  release: Release,
  items: ArtifactRef,
  engine: StageCall<typeof gauntlet>['settings']['engine'],
): string {
  return digestOf({
    stage: 'answers',
    release: release.digest,
    items: items.sha256,
    version: ASKING_VERSION,
    engine,
  });
}

/** The task of the project that an item is of; null of a probe. */
function taskOf(item: Item): string | null {
  return 'task' in item ? item.task : null;
}

/** The vendors of its models, and where its others are. */
function askedAt(release: Release, operation: Pick<ProjectConfig, 'engine'>): string {
  const parts = Object.values(modelsOf(release));
  const vendors = parts.flatMap((part) => (isOpen(part) ? [] : [part.vendor]));
  return [...new Set([...(parts.some(isOpen) ? [engineOf(operation)] : []), ...vendors])].join(', ');
}

/** `embedded`, the hosts of the servers that answer, or the Service that they stand behind. */
function engineOf({engine: {target}}: Pick<ProjectConfig, 'engine'>): string {
  if (target === 'embedded') return 'embedded';
  if (Array.isArray(target)) return target.map((url) => new URL(url).host).join(', ');
  return `Service ${target.kubernetes.service}`;
}

/** Between two batches, so that nothing that was paid for is lost. */
async function refuseOverBudget(
  {project, run, operation: config}: StageCall<typeof gauntlet>,
  context: ActivityContext,
  {workflowId: workflow}: Activity,
): Promise<void> {
  const asked = {project, run};
  const over = await context.stores.costs.exceeded({...asked, workflows: [workflow], config});
  if (over === null) return;
  const reason = `${over.spent.toPrecision(3)} of ${over.limit} ${over.unit} are spent (${over.key}): the gauntlet stopped between two batches; raise ${over.key} in ratchet.yaml and \`ratchet run ${project}\` again: stored answers are reused`;
  await overBudget({...asked, workflow, reason}, context);
}

/** Errors that no retry can fix become samples with an error; those that a retry may fix fail the attempt. */
async function orError(ask: () => Promise<AskedItem>): Promise<AskedItem> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UnaskableError) return failed(error.message);
    if (error instanceof AskingError) throw error;
    if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) return failed(error.message);
    throw error;
  }
}

function toSample(item: Item, release: Release, asked: AskedItem, key: Uint8Array): Sample {
  const clean = (text: string): string => scrub(text, {entities: ENTITIES, key}).text;
  return {
    release: release.digest,
    task: item.kind === 'answer' ? item.task : ASPECTS[item.kind],
    item: item.id,
    cluster: item.cluster,
    slices: item.slices,
    expected: asked.expected === null ? null : clean(asked.expected),
    output: clean(asked.output),
    scores: {...asked.scores},
    promptTokens: asked.promptTokens,
    completionTokens: asked.completionTokens,
    error: asked.error === null ? null : clean(asked.error),
  };
}
