import {afterAll, beforeAll, expect, it} from 'vitest';
import {ids} from './notes.ts';
import {sentence, Workbench, type Curated} from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.remove());

interface Speech {
  readonly id: string;
  readonly text: string;
  readonly class: string;
  readonly speaker?: string | null;
  readonly held?: string;
}

/** Paragraphs of 30 speeches by day, five each; the last two rows belong to none. */
const SPEECHES: readonly Speech[] = [
  ...Array.from({length: 150}, (_, i): Speech => {
    const speech = Math.floor(i / 5);
    return {
      id: `p${String(i).padStart(3, '0')}`,
      text: sentence(i),
      class: i % 2 ? 'spam' : 'ham',
      speaker: ` Speaker ${speech} `,
      held: `2024-05-${String(speech + 1).padStart(2, '0')}`,
    };
  }),
  {id: 'x1', text: sentence(900), class: 'ham', speaker: null, held: '2024-01-01'},
  {id: 'x2', text: sentence(901), class: 'ham', speaker: '', held: '2024-01-01'},
];

function curate(rows: readonly Speech[], split: object, parent: string | null = null): Promise<Curated> {
  return bench.jsonl('speeches.jsonl', rows).then(() =>
    bench.curate(
      {
        sources: [
          {
            name: 'talks',
            uri: 'file:speeches.jsonl',
            format: 'jsonl',
            fields: {id: 'id', label: 'class', who: 'speaker'},
          },
        ],
        curation: {
          languages: [],
          malformed_share: 0.2,
          split: {golden: 0.2, validation: 0.1, traffic: 0, ...split},
        },
      },
      parent === null ? {} : {parentDataset: parent, reason: 'new_data'},
    ),
  );
}

const speechOf = (id: string): number => Math.floor(Number(id.slice('talks/p'.length)) / 5);

it('keeps a speech in one split and one cluster, and stores no speaker’s name', async () => {
  const {rows} = await curate(SPEECHES, {group: 'who'});
  expect(rows).toHaveLength(152);
  const homes = new Map<number, Set<string>>();
  for (const {id, split, cluster, group} of rows.filter((row) => row.id.startsWith('talks/p')))
    homes.set(speechOf(id), (homes.get(speechOf(id)) ?? new Set()).add(`${split} ${cluster} ${group}`));
  expect([...homes.values()].map((seen) => seen.size)).toEqual(Array.from({length: 30}, () => 1));
  expect(new Set(rows.map(({cluster}) => cluster)).size).toBe(32);
  expect(rows.filter(({split}) => split === 'golden')).toHaveLength(35);
  expect(JSON.stringify(rows)).not.toContain('Speaker');
  expect(rows.filter(({id}) => id.startsWith('talks/x')).map(({cluster}) => cluster)).toEqual([
    'talks/x1',
    'talks/x2',
  ]);
});

it('makes the latest speeches golden, and drops a row without a readable time with its column and what is expected', async () => {
  const {rows, drops} = await curate(
    [...SPEECHES, {...SPEECHES[0]!, id: 'y', text: sentence(950), held: 'last May'}],
    {
      group: 'who',
      time: 'held',
    },
  );
  const golden = rows.filter(({split}) => split === 'golden').map(({id}) => speechOf(id));
  expect([...new Set(golden)].sort((a, b) => a - b)).toEqual([23, 24, 25, 26, 27, 28, 29]);
  expect(drops.map(({rule, reason}) => `${rule}: ${reason}`)).toEqual([
    'malformed: no time in column "held": expected one such as 2026-01-31, 2026-01-31T12:30:00Z, or seconds since 1970',
  ]);
});

it('is the same by any order of rows', async () => {
  const first = await curate(SPEECHES, {group: 'who', time: 'held'});
  const again = await curate([...SPEECHES].reverse(), {group: 'who', time: 'held'});
  expect(again.result.dataset).toBe(first.result.dataset);
});

it('leaves golden rows where an earlier version without groups had them, and says which rows leave for it', async () => {
  // Another seed, since records keep the parent that they had under the same settings.
  const before = await curate(SPEECHES, {seed: 8});
  const golden = new Set(ids(before, 'golden'));
  const after = await curate(SPEECHES, {seed: 8, group: 'who'}, before.result.dataset);
  expect(new Set(ids(after, 'golden'))).toEqual(golden);
  const split = new Map(after.rows.map((row) => [row.id, row.split]));
  const ofGolden = SPEECHES.map(({id}) => `talks/${id}`).filter(
    (id) => id.startsWith('talks/p') && [...golden].some((one) => speechOf(one) === speechOf(id)),
  );
  expect(ofGolden.filter((id) => !golden.has(id) && split.has(id))).toEqual([]);
  const reasons = new Set(
    after.drops.map(({rule, reason}) => `${rule}: ${reason.replace(/talks\/p\d+/, 'ROW')}`),
  );
  expect([...reasons].sort()).toEqual([
    'golden_overlap: differs from the golden row that has its id',
    ...[
      'in one group with golden row ROW, and in train before',
      'in one group with golden row ROW, and in validation before',
    ].map((reason) => `golden_overlap: ${reason}`),
  ]);
});

it('refuses a column that the file lacks, with those there are', async () => {
  await expect(curate(SPEECHES, {group: 'speech'})).rejects.toThrow(/speech.*id, text, class, speaker, held/);
});
