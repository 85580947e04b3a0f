import {describe, expect, it} from 'vitest';
import {contentHash} from '../../../core/curation/exact.ts';
import {fingerprint, readBands, rowShingles} from '../../../core/curation/fingerprint.ts';
import type {JoinInput, JoinRow} from '../../../core/curation/join-input.ts';
import {joinRows, type Joined} from '../../../core/curation/join-rows.ts';
import type {Split} from '../../../schemas/row.ts';
import {random, shuffled} from './mails.ts';

interface TextRow extends JoinRow {
  readonly text: string;
}
const CONFIG = {shingleWords: 3, bands: 20, rows: 3};
const row = (id: string, text: string, label = 'ham', digest = `digest of ${id}`): TextRow => ({
  id,
  source: id.split('/')[0]!,
  digest,
  label,
  exact: contentHash(text),
  text,
});
const sentence = (about: string): string =>
  `The ${about} came late and left early, as ${about}s do when the weather over the ${about} hills is bad in autumn, so nobody saw the ${about} but the old keeper of the ${about} gate`;
type Former = Record<string, {split: Split; cluster: string; digest?: string}>;

/** A former golden row has the digest that row() gives its id, unless it says otherwise. */
function inputOf(
  rows: readonly TextRow[],
  former: Former = {},
  golden = 0,
  maxCluster = 100,
): JoinInput<TextRow> {
  const frozen = Object.entries(former).filter(([, {split}]) => split === 'golden');
  const bands = new Map(rows.map((r) => [r, readBands(fingerprint({fields: {text: r.text}}, CONFIG).bands)]));
  return {
    rows,
    bandKey: (r, band) => bands.get(r)?.[band] ?? null,
    shingles: (r) => rowShingles(r.text, CONFIG),
    text: (r) => r.text,
    former: new Map(Object.entries(former)),
    golden: new Map(frozen.map(([id, row]) => [id, {digest: `digest of ${id}`, ...row}])),
    bands: CONFIG.bands,
    jaccard: 0.7,
    maxCluster,
    ngramWords: 8,
    overlap: 0.7,
    split: {golden, traffic: 0, validation: 0, seed: 1},
  };
}
const join = (...input: Parameters<typeof inputOf>): Promise<Joined<TextRow>> => joinRows(inputOf(...input));
const outcome = ({placed}: Joined<TextRow>): Record<string, string> =>
  Object.fromEntries(
    placed.map((p) => [
      p.row.id,
      p.status === 'kept' ? `${p.split} in ${p.cluster}` : `${p.rule} of ${p.survivor}`,
    ]),
  );

describe('joining rows', () => {
  it('keeps one row a cluster, the smallest id', async () => {
    const joined = await join([
      row('a/3', sentence('train')),
      row('a/1', sentence('train').toUpperCase()),
      row('a/2', `${sentence('train')} at last`),
      row('b/1', sentence('ship')),
    ]);
    expect(outcome(joined)).toEqual({
      'a/1': 'train in a/1',
      'a/2': 'near_duplicate of a/1',
      'a/3': 'exact_duplicate of a/1',
      'b/1': 'train in b/1',
    });
    expect([joined.largestCluster, joined.labelConflicts]).toEqual([3, 0]);
  });

  it('keeps the row of the lowest rank, which is 0 where it has none', async () => {
    const joined = await join([
      {...row('a/1', sentence('train')), rank: 1},
      row('a/2', `${sentence('train')} at last`),
    ]);
    expect(outcome(joined)).toEqual({'a/1': 'near_duplicate of a/2', 'a/2': 'train in a/2'});
  });

  it('counts the clusters whose rows have different labels', async () => {
    const labelled = ['train', 'ship', 'horse'].flatMap((about, i) => [
      row(`a/${about}`, sentence(about), 'ham'),
      row(`b/${about}`, sentence(about), i < 2 ? 'spam' : 'ham'),
    ]);
    expect((await join(labelled)).labelConflicts).toBe(2);
  });

  it('drops a record that comes twice, and another one under the same id', async () => {
    const one = row('a/1', sentence('train'), 'ham', 'd1');
    const other = row('a/1', sentence('ship'), 'ham', 'd2');
    const joined = await join([other, one, {...one}]);
    expect(joined.placed.map((p) => (p.status === 'kept' ? 'kept' : p.rule))).toEqual([
      'kept',
      'exact_duplicate',
      'duplicate_id',
    ]);
    expect(joined.placed[0]!.row.digest).toBe('d1');
  });

  it('leaves golden rows where they are, and drops what is in one cluster with them', async () => {
    const former: Former = {
      'b/1': {split: 'golden', cluster: 'b/0'},
      'c/1': {split: 'train', cluster: 'c/1'},
    };
    const joined = await join(
      [
        row('a/1', sentence('train')), // new, with a smaller id than the golden row
        row('b/1', `${sentence('train')} at last`),
        row('c/1', `${sentence('train')} at the very last`), // was in training
        row('d/1', sentence('ship')),
      ],
      former,
    );
    expect(outcome(joined)).toEqual({
      'a/1': 'golden_overlap of b/1',
      'b/1': 'golden in b/0',
      'c/1': 'golden_overlap of b/1',
      'd/1': 'train in d/1',
    });
  });

  it('keeps a golden row as it was where its id has another text, and its own text out of training', async () => {
    const former: Former = {'a/1': {split: 'golden', cluster: 'a/1', digest: 'old'}};
    const joined = await join(
      [
        row('a/1', sentence('train'), 'ham', 'old'), // as the parent version holds it
        row('a/1', sentence('ship'), 'ham', 'new'), // every id moved on by one
        row('a/2', sentence('train')),
        row('a/3', `${sentence('train')} at last`),
      ],
      former,
    );
    expect(
      joined.placed.map(({row: {id, digest}, ...p}) => [id, digest, p.status === 'kept' ? p.split : p.rule]),
    ).toEqual([
      ['a/1', 'new', 'golden_overlap'],
      ['a/1', 'old', 'golden'],
      ['a/2', 'digest of a/2', 'golden_overlap'],
      ['a/3', 'digest of a/3', 'golden_overlap'],
    ]);
    expect(joined.placed[0]).toMatchObject({
      reason: 'differs from the golden row that has its id',
      survivor: 'a/1',
    });
  });

  it('keeps both golden rows that a new row turns out to connect', async () => {
    const texts = ['one', 'one two', 'one two three'].map((tail) => `${sentence('train')} ${tail}`);
    const former: Former = {
      'a/1': {split: 'golden', cluster: 'a/1'},
      'a/3': {split: 'golden', cluster: 'a/3'},
    };
    const joined = await join([row('a/1', texts[0]!), row('a/2', texts[1]!), row('a/3', texts[2]!)], former);
    expect(outcome(joined)).toEqual({
      'a/1': 'golden in a/1',
      'a/2': 'golden_overlap of a/1',
      'a/3': 'golden in a/3',
    });
  });

  it('gives a cluster the split of the row it had before; new golden rows are in clusters of new rows', async () => {
    // With a golden share of 1, every cluster without a former row becomes golden.
    const former: Former = {'b/1': {split: 'train', cluster: 'b/1'}};
    const joined = await join(
      [
        row('a/1', sentence('train')),
        row('b/1', `${sentence('train')} at last`),
        row('c/1', sentence('ship')),
      ],
      former,
      1,
    );
    expect(outcome(joined)).toEqual({
      'a/1': 'train in a/1',
      'b/1': 'near_duplicate of a/1',
      'c/1': 'golden in c/1',
    });
  });

  it('gives a cluster the split that is named for its survivor, whatever it had before', async () => {
    const former: Former = {'a/1': {split: 'validation', cluster: 'a/1'}};
    const joined = await joinRows({
      ...inputOf([row('a/1', sentence('train')), row('b/1', sentence('ship'))], former, 1),
      splitFor: ({source}) => (source === 'a' ? 'train' : {golden: 0, traffic: 1, validation: 0, seed: 1}),
    });
    expect(outcome(joined)).toEqual({'a/1': 'train in a/1', 'b/1': 'traffic in b/1'});
  });

  it('drops what shares long stretches with a golden row without being its duplicate', async () => {
    const former: Former = {'g/1': {split: 'golden', cluster: 'g/1'}};
    const excerpt = sentence('train').split(' ').slice(4, 22).join(' ');
    const joined = await join(
      [row('g/1', sentence('train')), row('a/1', excerpt), row('a/2', sentence('ship'))],
      former,
    );
    expect(outcome(joined)['a/1']).toBe('golden_overlap of g/1');
    expect(outcome(joined)['a/2']).toBe('train in a/2');
    const dropped = joined.placed.find((p) => p.row.id === 'a/1')!;
    expect(dropped).toMatchObject({reason: 'shares 100 % of its 8-word sequences with golden row g/1'});
  });

  it('lets a cluster hold any number of copies: its size is in different texts', async () => {
    const copies = Array.from({length: 12}, (_, i) => row(`a/${10 + i}`, sentence('train')));
    const joined = await join([...copies, row('b/1', `${sentence('train')} at last`)], {}, 0, 10);
    expect(joined.counts.refused).toBe(0);
    expect(joined.largestCluster).toBe(13);
    expect(outcome(joined)['b/1']).toBe('near_duplicate of a/10');
  });

  it('pauses in every pass', async () => {
    const rows = Array.from({length: 20}, (_, i) => row(`a/${10 + i}`, sentence(`train${i}`)));
    let pauses = 0;
    await joinRows<TextRow>({...inputOf(rows), pause: () => void pauses++});
    // Once a row in reading, clusters and splits, and in each band.
    expect(pauses).toBeGreaterThanOrEqual((3 + CONFIG.bands) * rows.length);
  });

  it('drops every row for one rule and keeps or drops all, in any order', async () => {
    const next = random(3);
    const animals = ['train', 'ship', 'horse', 'goat', 'crow', 'fox', 'hare', 'stork', 'mole', 'wolf'];
    const rows = Array.from({length: 120}, (_, i) => {
      const about = animals[Math.floor(next() * animals.length)]!;
      const tail = ['', ' at last', ' at the very end', ' and never came back to this place again'][
        Math.floor(next() * 4)
      ]!;
      const shape = next() < 0.2 ? sentence(about).toUpperCase() : sentence(about);
      return row(`s${i % 3}/${String(i).padStart(3, '0')}`, shape + tail, next() < 0.5 ? 'spam' : 'ham');
    });
    const former: Former = {
      's0/000': {split: 'golden', cluster: 's0/000'},
      's1/001': {split: 'validation', cluster: 's1/001'},
    };
    const first = await join(rows, former, 0.3);
    expect(first.placed).toHaveLength(rows.length);
    expect(new Set(first.placed.map((p) => p.row.id)).size).toBe(rows.length);
    expect(first.labelConflicts).toBeGreaterThan(0);
    for (let i = 0; i < 5; i++) {
      const again = await join(shuffled(rows, next), former, 0.3);
      expect(outcome(again)).toEqual(outcome(first));
      expect({...again, placed: null, counts: null}).toEqual({...first, placed: null, counts: null});
    }
  });

  describe('with groups', () => {
    const ANIMALS =
      'train ship horse goat crow fox hare stork mole wolf otter heron badger beaver lynx'.split(' ');
    /** Texts of one group that are unlike one another. */
    const grouped = (group: string, n: number, from = 0): TextRow[] =>
      Array.from({length: n}, (_, i) => {
        const about = `${ANIMALS[(from + i) % ANIMALS.length]}${group}${from + i}`;
        return {...row(`s/${group}${from + i}`, sentence(about)), group};
      });
    const speeches = (more: readonly TextRow[] = []): TextRow[] => [
      ...'abcdefghij'.split('').flatMap((group) => grouped(group, 4)),
      ...more,
    ];
    const joinGroups = (
      rows: readonly TextRow[],
      former: Former = {},
      split: Partial<JoinInput<TextRow>['split']> = {},
    ): Promise<Joined<TextRow>> =>
      joinRows({
        ...inputOf(rows, former),
        split: {golden: 0.2, traffic: 0, validation: 0.1, seed: 1, group: 'speech', ...split},
      });
    const splitsOf = ({placed}: Joined<TextRow>): Map<string, Set<string>> => {
      const found = new Map<string, Set<string>>();
      for (const place of placed)
        if (place.status === 'kept' && place.row.group !== undefined)
          found.set(
            place.row.group,
            (found.get(place.row.group) ?? new Set()).add(`${place.split} in ${place.cluster}`),
          );
      return found;
    };
    const asFormer = (joined: Joined<TextRow>): Former =>
      Object.fromEntries(
        joined.placed.flatMap((p) =>
          p.status === 'kept' ? [[p.row.id, {split: p.split, cluster: p.cluster}]] : [],
        ),
      );

    it('keeps every group in one split and one cluster, and gives each split its share', async () => {
      const joined = await joinGroups(speeches());
      const found = splitsOf(joined);
      for (const [group, homes] of found)
        expect([...homes]).toEqual([expect.stringContaining(`in group:${group}`)]);
      const of = (split: string): number =>
        [...found.values()].filter((homes) => [...homes][0]!.startsWith(split)).length;
      expect([of('golden'), of('validation'), of('train')]).toEqual([2, 1, 7]);
    });

    it('takes a row without a group as a group of its own', async () => {
      const joined = await joinGroups([
        ...speeches(),
        row('s/x1', sentence('ibis')),
        row('s/x2', sentence('emu')),
      ]);
      expect(outcome(joined)['s/x1']).toMatch(/ in s\/x1$/);
      expect(outcome(joined)['s/x2']).toMatch(/ in s\/x2$/);
    });

    it('joins groups of which one says what the other says', async () => {
      const copy = {...row('s/b9', `${sentence('traina0')} at last`), group: 'b'};
      const pairs = 'abcdefghijklmnopqrstuvwxyz'.split('').flatMap((group) => grouped(group, 2));
      const found = splitsOf(await joinGroups([...pairs, copy]));
      expect(found.get('a')).toEqual(found.get('b'));
      expect([...found.get('b')!]).toEqual([expect.stringContaining('in group:a')]);
    });

    it('does not let a closing phrase chain all groups together', async () => {
      const thanks = 'abcdefghij'
        .split('')
        .map((group) => ({...row(`s/${group}9`, sentence('thanks')), group}));
      const joined = await joinGroups(speeches(thanks));
      const clusters = new Set([...splitsOf(joined).values()].map((homes) => [...homes][0]!));
      expect(clusters.size).toBeGreaterThan(5);
      expect(joined.placed.filter((p) => p.status === 'kept' && p.split === 'golden').length).toBeGreaterThan(
        0,
      );
    });

    it('adds new rows of a golden group to the golden set, and those of a trained one to training', async () => {
      const before = await joinGroups(speeches());
      const former = asFormer(before);
      const later = [...speeches(), ...'abcdefghij'.split('').flatMap((group) => grouped(group, 2, 4))];
      const after = splitsOf(await joinGroups(later, former));
      expect(after).toEqual(splitsOf(before));
    });

    it('gives a group the split that is named for its rows, whatever it had before', async () => {
      const rows = [...speeches(), ...grouped('y', 2).map((one) => ({...one, source: 'named'}))];
      const former = Object.fromEntries(
        rows.map(({id}) => [id, {split: 'validation', cluster: 'any'} as const]),
      );
      const split = {golden: 0.2, traffic: 0, validation: 0.1, seed: 1, group: 'speech'};
      const joined = await joinRows({
        ...inputOf(rows, former),
        split,
        splitFor: ({source}) => (source === 'named' ? 'train' : split),
      });
      const found = splitsOf(joined);
      expect([...found.get('y')!]).toEqual(['train in group:y']);
      expect([...found.get('a')!]).toEqual(['validation in group:a']);
    });

    it('keeps a golden row that no source holds any more, and its group with it', async () => {
      const before = await joinGroups(speeches());
      const [golden] = [...splitsOf(before)].find(([, homes]) => [...homes][0]!.startsWith('golden'))!;
      // Of the golden group one row is left, as it was carried over; the file has new ones of it.
      const rows = speeches().filter(({group, id}) => group !== golden || id.endsWith('0'));
      const after = splitsOf(await joinGroups([...rows, ...grouped(golden, 3, 4)], asFormer(before)));
      expect([...after.get(golden)!]).toEqual([`golden in group:${golden}`]);
    });

    it('drops what was trained on where its group turns out to be golden', async () => {
      // An earlier version split by row: the group stands in two splits, and its golden row has no group.
      const [first, second, third] = grouped('k', 3);
      const ungrouped = {...first!, group: undefined, digest: 'before'};
      const former: Former = {
        [first!.id]: {split: 'golden', cluster: first!.id, digest: 'before'},
        [second!.id]: {split: 'train', cluster: second!.id},
      };
      const joined = await joinGroups([...speeches(), ungrouped, first!, second!, third!], former);
      const of = joined.placed.filter((p) => p.row.id.startsWith('s/k'));
      expect(
        of.map((p) => (p.status === 'kept' ? `${p.split} in ${p.cluster}` : `${p.rule}: ${p.reason}`)),
      ).toEqual([
        'golden in group:k',
        'golden_overlap: differs from the golden row that has its id',
        'golden_overlap: in one group with golden row s/k0, and in train before',
        'golden in group:k',
      ]);
    });

    it('does not let what users send again of a row join groups', async () => {
      const sent = ['a', 'b'].map((group) => ({...row(`u/${group}`, sentence('traina0')), group, rank: 1}));
      const found = splitsOf(await joinGroups(speeches(sent)));
      expect(found.get('a')).not.toEqual(found.get('b'));
    });

    it('takes a group for as late as its latest row', async () => {
      // One row of each decides; the first and the last of a later group are the earlier ones.
      const timed = speeches().map((one) => {
        const nth = 'abcdefghij'.indexOf(one.group!);
        return {...one, time: one.id.endsWith('2') ? nth : -nth};
      });
      const found = splitsOf(await joinGroups(timed, {}, {time: 'day'}));
      const golden = [...found].filter(([, homes]) => [...homes][0]!.startsWith('golden'));
      expect(golden.map(([group]) => group)).toEqual(['i', 'j']);
    });

    it('makes the latest rows golden, groups whole', async () => {
      const timed = speeches().map((one) => ({...one, time: 'abcdefghij'.indexOf(one.group!) * 1000}));
      const found = splitsOf(await joinGroups(timed, {}, {time: 'day'}));
      const golden = [...found]
        .filter(([, homes]) => [...homes][0]!.startsWith('golden'))
        .map(([group]) => group);
      expect(golden).toEqual(['i', 'j']);
    });

    it('makes the latest rows golden without groups, too', async () => {
      const timed = speeches().map((one, i) => ({...one, group: undefined, time: i}));
      const {placed} = await joinGroups(timed, {}, {group: undefined, time: 'day'});
      const golden = placed.filter((p) => p.status === 'kept' && p.split === 'golden');
      expect(golden.map((p) => p.row.time)).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
      expect(golden.every((p) => p.status === 'kept' && p.cluster === p.row.id)).toBe(true);
    });

    it('gives the same in any order', async () => {
      const next = random(9);
      const rows = speeches(grouped('a', 2, 8));
      const first = outcome(await joinGroups(rows));
      for (let i = 0; i < 3; i++) expect(outcome(await joinGroups(shuffled(rows, next)))).toEqual(first);
    });
  });
});
