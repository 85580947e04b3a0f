import {groupBy} from '../../core/evaluation/group.ts';
import type {MeasuredSample} from '../../core/evaluation/catalog/metric.ts';
import type {AskedView} from '../../core/evaluation/report/view.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {Sample} from '../../schemas/report.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import {Answers, Item, Timing, type Plan} from './item.ts';

/** Everything that was asked and answered, release by release. */
export interface Gathered {
  readonly items: readonly Item[];
  /** Release → its samples, in the order of task and item. */
  readonly samples: ReadonlyMap<string, readonly MeasuredSample[]>;
  /** Release → when and where its answers were given, a batch an entry; none of those that earlier versions kept. */
  readonly asked: ReadonlyMap<string, readonly AskedView[]>;
}

/** The batches' samples with their times, and the slices `frozen` and `new_batch` added to the rows that the plan names. */
export async function gather(
  artifacts: Artifacts,
  plan: Plan,
  answers: readonly ArtifactRef[],
): Promise<Gathered> {
  if (answers.length !== plan.batches.length) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `scoreGauntlet: ${answers.length} answers to ${plan.batches.length} batches`,
    );
  }
  const items = new Map<string, Item>();
  for (const ref of new Map(plan.batches.map((batch) => [batch.items.sha256, batch.items])).values()) {
    for await (const item of artifacts.lines(ref, Item))
      items.set(`${item.kind} ${'task' in item ? item.task : ''} ${item.id}`, item);
  }
  const since = new Map([
    ...plan.frozen.map((id) => [id, 'frozen'] as const),
    ...plan.newBatch.map((id) => [id, 'new_batch'] as const),
  ]);
  const all: MeasuredSample[] = [];
  const asked = new Map<string, AskedView[]>();
  for (const [i, ref] of answers.entries()) {
    const {release, samples, timings, asked: when} = await artifacts.getJson(ref, Answers);
    if (release !== plan.batches[i]!.release) {
      throw new RatchetError(
        ErrorType.InvalidInput,
        `scoreGauntlet: answer ${i} is of release ${release}, expected ${plan.batches[i]!.release}`,
      );
    }
    const before = all.length;
    const ms = new Map<string, number>();
    for await (const timing of artifacts.lines(timings, Timing))
      ms.set(`${timing.task}/${timing.item}`, timing.ms);
    for await (const sample of artifacts.lines(samples, Sample)) {
      const latencyMs = ms.get(`${sample.task}/${sample.item}`);
      const slice = since.get(sample.item);
      all.push({
        ...sample,
        slices: slice === undefined ? sample.slices : [...sample.slices, slice],
        ...(latencyMs === undefined ? {} : {latencyMs}),
      });
    }
    const task = all[before]?.task;
    if (when && task !== undefined) {
      const known = asked.get(release) ?? [];
      asked.set(release, [...known, {...when, task, answers: all.length - before}]);
    }
  }
  // Each name once: of many samples the comparisons alone would take seconds.
  const sorted = all
    .map((sample) => ({name: `${sample.task}\0${sample.item}`, sample}))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({sample}) => sample);
  return {items: [...items.values()], samples: groupBy(sorted, (sample) => sample.release), asked};
}
