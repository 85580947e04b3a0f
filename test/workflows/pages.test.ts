import {describe, expect, it} from 'vitest';
import {keepPage, paged, readPage} from '../../activities/gauntlet/pages.ts';
import type {GauntletBatch, JudgeBatch, JudgedBatch} from '../../activities/gauntlet/batch.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {inPages, itemsOf} from '../../workflows/pages.ts';
import {projectOf} from './project-of.ts';

/** What Temporal takes in one payload. */
const MOST_BYTES = 2 * 1024 * 1024;
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const ref = (i: number): ArtifactRef => ({
  uri: `artifacts/sha256/${i.toString(16).padStart(64, '0')}`,
  sha256: i.toString(16).padStart(64, '0'),
  bytes: 1_000_000 + i,
  mediaType: 'application/x-ndjson',
});

describe('a gauntlet of 60,000 items, all of them judged,', () => {
  const BATCHES = 60_000 / 40;
  const releases = ['candidate', 'stable', 'base'];
  const shown = Array.from({length: BATCHES}, (_, i) =>
    releases.map((role): GauntletBatch => ({
      release: 'a'.repeat(64),
      title: `${role} · subject ${40 * i + 1}–${40 * i + 40}`,
      items: 40,
      ref: ref(i),
    })),
  ).flat();
  const judging = Array.from({length: BATCHES}, (_, i): JudgeBatch => ({
    title: `judge · subject ${40 * i + 1}–${40 * i + 40}`,
    items: 40,
    ref: ref(i),
    candidate: 3 * i,
    stable: 3 * i + 1,
  }));

  it('goes through payloads of some hundred kilobytes, and each batch comes back', async () => {
    const project = await projectOf('pages');
    const {context} = project;
    let largest = 0;
    const sent = <T>(value: T): T => {
      largest = Math.max(largest, bytes(value));
      return value;
    };
    const read = async <T>(page: ArtifactRef) => sent(await readPage({page}, context)) as readonly T[];
    const keep = (items: readonly unknown[]) => keepPage(sent({items}), context);

    // 1. What the plan gives the workflow.
    expect(bytes(shown)).toBeGreaterThan(MOST_BYTES / 2);
    const plan = sent({
      ...(await paged(context.stores.artifacts, shown)),
      judging: await paged(context.stores.artifacts, judging),
    });
    const batches = itemsOf<GauntletBatch>(plan, read);
    const pairs = itemsOf<JudgeBatch>(plan.judging, read);
    expect([batches.count, pairs.count]).toEqual([4500, 1500]);
    for (const i of [0, 499, 500, 2222, 4499]) expect(await batches.at(i)).toEqual(shown[i]);
    for (const i of [0, 500, 1499]) expect(await pairs.at(i)).toEqual(judging[i]);

    // 2. What the workflow gives the scoring.
    const answers = await inPages(
      shown.map((_, i) => ref(i)),
      keep,
    );
    const judged = await inPages(
      judging.map((_, i): JudgedBatch => ({status: 'judged', ref: ref(i)})),
      keep,
    );
    sent({plan: {ref: ref(0)}, answers, judged});
    expect([answers.items, answers.lists.length, judged.lists.length]).toEqual([[], 9, 3]);
    expect(largest).toBeLessThan(MOST_BYTES / 8);
    await project.remove();
  });
});

describe('a list', () => {
  it('that is short goes as it is, and nothing is kept', async () => {
    const unused = () => Promise.reject(new Error('not needed'));
    expect(await inPages([1, 2, 3], unused)).toEqual({items: [1, 2, 3], lists: []});
    const items = itemsOf({batches: ['a', 'b']}, unused);
    expect([items.count, await items.at(1)]).toEqual([2, 'b']);
  });

  it('is read a page at a time, each once', async () => {
    const reads: string[] = [];
    const items = itemsOf<number>({batches: [], pages: [ref(0), ref(1)], count: 700}, (page) => {
      reads.push(page.uri);
      return Promise.resolve(Array.from({length: 500}, (_, i) => i + (page.uri === ref(1).uri ? 500 : 0)));
    });
    expect(await Promise.all([0, 1, 499].map((i) => items.at(i)))).toEqual([0, 1, 499]);
    expect(reads).toEqual([ref(0).uri]);
    expect(await items.at(500)).toBe(500);
    expect(reads).toHaveLength(2);
  });

  it('of more items than a page holds is refused', async () => {
    const project = await projectOf('pages-refused');
    const items = Array.from({length: 501}, () => 1);
    await expect(keepPage({items}, project.context)).rejects.toMatchObject({type: 'InvalidInput'});
    await project.remove();
  });
});
