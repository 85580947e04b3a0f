import type {Occasion} from '../../core/evaluation/verdict.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {answersNothing, isUngated} from '../../core/releases/models.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {Task} from '../../schemas/project.ts';
import type {Release} from '../../schemas/release.ts';
import type {DatasetRow, Split} from '../../schemas/row.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import type {ActivityContext} from '../context.ts';
import {DatasetRows} from '../curate/dataset-rows.ts';
import {GoldenEntry} from '../curate/frozen-golden.ts';
import {findEngines} from '../engines/find-engines.ts';
import {stageActivity, type StageCall} from '../stage/stage-activity.ts';
import {anchorOf} from './anchor.ts';
import type {GauntletBatch, GauntletPlan, JudgeBatch} from './batch.ts';
import {batchItems} from './batch-items.ts';
import type {Item, Plan} from './item.ts';
import {paged} from './pages.ts';

/** The three releases that are asked. */
export interface Contenders {
  readonly candidate: Release;
  readonly stable: Release;
  readonly base: Release;
  /** What gates against the anchor compare with; null without one, or where it is one of the others. */
  readonly anchor: Release | null;
}

/** Batches at the judge at once: fewer than a cpu worker's slots, so that other activities never wait for a judge. */
const AT_THE_JUDGE = 3;

/** Which items are put to which release. Every release is asked the same ones; where stable is the base, once. */
export const planGauntlet = stageActivity(
  gauntlet,
  'cpu',
  {},
  async ({request}, context, activity): Promise<GauntletPlan> => {
    const {artifacts, registry} = context.stores;
    const {settings, operation, inputs} = request;
    const contenders = await contendersOf(request, context);
    const version = await registry.dataset(request.project, inputs.dataset);
    activity.progress({done: 0, total: 0, unit: 'items', note: 'reads the golden set'});

    const since = new Map<string, string>();
    for await (const entry of artifacts.lines(version.golden, GoldenEntry)) since.set(entry.id, entry.since);
    const proven = await DatasetRows.open(context.stores, version, context.rowKey);
    const rows = (split: Split): Promise<DatasetRow[]> => Array.fromAsync(proven.of(split));
    const golden = await rows('golden');
    if (golden.length === 0) {
      throw new RatchetError(
        'EmptySource',
        `dataset ${short(version.digest)} has no golden row: raise curation.split.golden, or add sources`,
      );
    }
    const {frozen, fresh} = await sinceStable(golden, contenders.stable, context);
    const batches = batchItems({
      settings,
      prompts: promptsFromConfig(settings),
      golden,
      validation: await rows('validation'),
      since,
      newBatch: new Set(fresh),
    });

    const roles = distinct(contenders).filter(({release}) => !answersNothing(release));
    const plan: Plan = {
      v: 1,
      project: request.project,
      candidate: contenders.candidate.digest,
      stable: contenders.stable.digest,
      base: contenders.base.digest,
      ...(contenders.anchor === null ? {} : {anchor: contenders.anchor.digest}),
      dataset: version.digest,
      occasion: occasion(request, contenders.stable),
      batches: [],
      frozen,
      newBatch: fresh,
    };
    const shown: GauntletBatch[] = [];
    const judging: JudgeBatch[] = [];
    for (const {title, items} of batches) {
      const {ref} = await artifacts.putLines(items);
      const place = ({digest}: Release): number =>
        shown.length + roles.findIndex(({release}) => release.digest === digest);
      if (!answersNothing(contenders.stable) && items.every((item) => isWritten(item, settings.tasks))) {
        const [candidate, stable] = [place(contenders.candidate), place(contenders.stable)];
        judging.push({title: `judge · ${title}`, items: items.length, ref, candidate, stable});
      }
      for (const {role, release} of roles) {
        plan.batches.push({release: release.digest, items: ref});
        shown.push({release: release.digest, title: `${role} · ${title}`, items: items.length, ref});
      }
    }
    return {
      ...(await paged(artifacts, shown)),
      items: itemsOf(shown),
      concurrency: Math.max(1, (await findEngines(context, operation)).length),
      ...(settings.gauntlet.judge === undefined
        ? {}
        : {
            judging: {
              ...(await paged(artifacts, judging)),
              pairs: itemsOf(judging),
              concurrency: AT_THE_JUDGE,
            },
          }),
      ref: await artifacts.putJson(plan),
    };
  },
);

/** Answered in words of the model's own: what a judge can compare. */
function isWritten(item: Item, tasks: Readonly<Record<string, Pick<Task, 'kind'>>>): boolean {
  return item.kind === 'answer' && tasks[item.task]?.kind !== 'classification';
}

function itemsOf(batches: readonly {readonly items: number}[]): number {
  return batches.reduce((sum, {items}) => sum + items, 0);
}

/** The releases of a request. Throws InvalidInput where an input is missing or a release isn't in the registry. */
export async function contendersOf(
  {
    project,
    settings: {gauntlet: policy},
    inputs,
  }: Pick<StageCall<typeof gauntlet>, 'project' | 'settings' | 'inputs'>,
  context: Pick<ActivityContext, 'stores'>,
): Promise<Contenders> {
  const {registry} = context.stores;
  const three = {
    candidate: await registry.release(project, inputs.release),
    stable: await registry.release(project, inputs.stable),
    base: await registry.release(project, inputs.base),
  };
  const anchor = await anchorOf(policy.anchor, project, three.stable, context.stores);
  const other = Object.values(three).every(({digest}) => digest !== anchor?.digest);
  return {...three, anchor: other ? anchor : null};
}

/** Each release once, under the role that says most. */
export function distinct({candidate, stable, base, anchor}: Contenders): {role: string; release: Release}[] {
  const roles = [
    {role: 'candidate', release: candidate},
    {role: stable.digest === base.digest ? 'base = stable' : 'stable', release: stable},
    {role: 'base', release: base},
    ...(anchor === null ? [] : [{role: 'anchor', release: anchor}]),
  ];
  return roles.filter(
    ({release}, i) => roles.findIndex((other) => other.release.digest === release.digest) === i,
  );
}

/** The ids of golden rows that the dataset behind stable had, and had not, sorted; none where stable is the bare base. */
async function sinceStable(
  golden: readonly DatasetRow[],
  stable: Release,
  context: ActivityContext,
): Promise<{frozen: string[]; fresh: string[]}> {
  if (stable.createdFrom === null) return {frozen: [], fresh: []};
  const {artifacts, registry} = context.stores;
  const former = await registry.dataset(stable.project, stable.createdFrom);
  const known = new Set<string>();
  for await (const entry of artifacts.lines(former.golden, GoldenEntry)) known.add(entry.id);
  const ids = golden.map((row) => row.id).sort();
  return {frozen: ids.filter((id) => known.has(id)), fresh: ids.filter((id) => !known.has(id))};
}

function occasion({inputs: {reason}}: Pick<StageCall<typeof gauntlet>, 'inputs'>, stable: Release): Occasion {
  return reason === 'first' || reason === 'retrain' ? reason : isUngated(stable) ? 'first' : 'retrain';
}
