import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {fillSplits, groupHomes, type Home, type OpenUnit} from '../../../core/curation/group-splits.ts';
import type {JoinRow} from '../../../core/curation/join-input.ts';
import {fraction, type SplitShares} from '../../../core/curation/split.ts';
import type {Split} from '../../../schemas/row.ts';
import {random, shuffled} from './mails.ts';

const SHARES = {golden: 0.2, traffic: 0, validation: 0.1, seed: 7};
const unit = (name: string, rows: number, more: Partial<OpenUnit> = {}): OpenUnit => ({
  name,
  rows,
  time: undefined,
  split: null,
  ...more,
});
const placed = (units: readonly OpenUnit[], shares = SHARES): Record<string, string> =>
  Object.fromEntries(fillSplits(units, shares).map((split, i) => [units[i]!.name, split]));
const rowsOf = (units: readonly OpenUnit[], split: string): number =>
  fillSplits(units, SHARES).reduce((sum, one, i) => (one === split ? sum + units[i]!.rows : sum), 0);

describe('splits of whole groups', () => {
  it('take groups in the order of sha256(name ‖ seed) until a split has its share of the rows', () => {
    const units = Array.from({length: 10}, (_, i) => unit(`group:${i}`, 10));
    const ordered = [...units].sort((a, b) => {
      const at = ({name}: OpenUnit) => createHash('sha256').update(`${name}\x007`).digest('hex');
      return at(a) < at(b) ? -1 : 1;
    });
    const names = ordered.map(({name}) => name);
    const splits = placed(units);
    expect(names.map((name) => splits[name])).toEqual([
      ...Array.from({length: 2}, () => 'golden'),
      'validation',
      ...Array.from({length: 7}, () => 'train'),
    ]);
    expect(fraction(`${names[0]}\x007`)).toBeLessThan(fraction(`${names[1]}\x007`));
  });

  it('have their exact shares where every row is its own group', () => {
    const units = Array.from({length: 1000}, (_, i) => unit(`rows/${i}`, 1));
    expect([rowsOf(units, 'golden'), rowsOf(units, 'validation'), rowsOf(units, 'train')]).toEqual([
      200, 100, 700,
    ]);
  });

  it('leave a giant group to train, whatever its hash, and give the others their shares', () => {
    for (let seed = 0; seed < 30; seed++) {
      const units = [unit('group:giant', 900), ...Array.from({length: 100}, (_, i) => unit(`group:${i}`, 1))];
      expect(placed(units, {...SHARES, seed})['group:giant']).toBe('train');
    }
    const units = [unit('group:giant', 500), ...Array.from({length: 500}, (_, i) => unit(`group:${i}`, 1))];
    expect(rowsOf(units, 'golden')).toBe(200);
  });

  it('give each split the smallest group where all are too large, and never the last one', () => {
    expect(placed([unit('group:a', 40), unit('group:b', 30), unit('group:c', 35)])).toEqual({
      'group:a': 'train',
      'group:b': 'golden',
      'group:c': 'validation',
    });
    expect(placed([unit('group:a', 100)])).toEqual({'group:a': 'train'});
  });

  it('leave what has a split where it is, and count it', () => {
    const old = [unit('group:a', 20, {split: 'golden'}), unit('group:b', 70, {split: 'train'})];
    const fresh = Array.from({length: 10}, (_, i) => unit(`group:n${i}`, 1));
    const splits = placed([...old, ...fresh]);
    expect([splits['group:a'], splits['group:b']]).toEqual(['golden', 'train']);
    // 20 of 100 rows are golden already, and none is for validation.
    expect(fresh.filter(({name}) => splits[name] === 'golden')).toEqual([]);
    expect(fresh.filter(({name}) => splits[name] === 'validation')).toHaveLength(10);
  });

  it('make the latest groups golden where times are known', () => {
    const units = Array.from({length: 10}, (_, i) => unit(`group:${i}`, 10, {time: 1000 * i}));
    const splits = placed(units);
    expect(Object.keys(splits).filter((name) => splits[name] === 'golden')).toEqual(['group:8', 'group:9']);
    // A group without any time is golden last.
    const untimed = Array.from({length: 10}, (_, i) => unit(`group:x${i}`, 10));
    const both = placed([...untimed, ...units]);
    expect(Object.keys(both).filter((name) => both[name] === 'golden')).toEqual([
      'group:6',
      'group:7',
      'group:8',
      'group:9',
    ]);
  });

  it('do not depend on the order of groups', () => {
    const next = random(5);
    const units = Array.from({length: 60}, (_, i) =>
      unit(`group:${i}`, 1 + Math.floor(next() * 20), i % 2 ? {time: i % 7} : {}),
    );
    const first = placed(units);
    for (let i = 0; i < 5; i++) expect(placed(shuffled(units, next))).toEqual(first);
  });

  it('hold for any sizes and seeds: shares within a group of what was asked for, nothing moved by a second call', () => {
    const next = random(11);
    for (let seed = 0; seed < 60; seed++) {
      const units = Array.from({length: 40 + Math.floor(next() * 200)}, (_, i) =>
        unit(`group:${i}`, 1 + Math.floor(next() * 12)),
      );
      const shares = {
        golden: 0.1 + 0.2 * next(),
        traffic: 0.1 * next(),
        validation: 0.1 + 0.1 * next(),
        seed,
      };
      const splits = fillSplits(units, shares);
      const all = units.reduce((sum, {rows}) => sum + rows, 0);
      for (const split of ['golden', 'traffic', 'validation'] as const) {
        const own = units.reduce((sum, {rows}, i) => (splits[i] === split ? sum + rows : sum), 0);
        expect(Math.abs(own - shares[split] * all), `seed ${seed}, ${split}`).toBeLessThanOrEqual(12);
      }
      expect(
        fillSplits(
          units.map((one, i) => ({...one, split: splits[i]!})),
          shares,
        ),
      ).toEqual(splits);
    }
  });

  it.each([
    // A group may take a split to one and a half times its share, and no further; a split that has its share takes no more.
    [[30, 20, 50], 'golden train train'],
    [[31, 20, 49], 'train golden train'],
    [[20, 1, 79], 'golden train train'],
    [[19, 1, 80], 'golden golden train'],
    [[1, 1, 1, 1, 1], 'golden train train train train'],
    // Where all are too large, the smallest one is taken; of two as small, the first.
    [[34, 35, 31], 'train train golden'],
    [[38, 31, 31], 'train golden train'],
  ])('of a golden share of 20 %%, groups of %j rows in their order: %s', (rows, expected) => {
    const names = rows
      .map((_, i) => `group:${i}`)
      .sort((a, b) => fraction(`${a}\x007`) - fraction(`${b}\x007`));
    const splits = placed(
      names.map((name, i) => unit(name, rows[i]!)),
      {...SHARES, validation: 0},
    );
    expect(names.map((name) => splits[name]).join(' ')).toBe(expected);
  });

  it('change with the seed', () => {
    const units = Array.from({length: 100}, (_, i) => unit(`group:${i}`, 3));
    expect(placed(units, {...SHARES, seed: 8})).not.toEqual(placed(units));
  });
});

describe('homes of clusters of rows', () => {
  /** A cluster: the row that stays, and what says the same. `a`: of group a; `a+`: sent again; `a!`: golden; `-`: no group. */
  const homes = (
    clusters: readonly string[],
    former: Readonly<Record<string, Split>> = {},
    splitFor?: (group: string | undefined) => SplitShares | Split | undefined,
  ): Home[] => {
    const rows: JoinRow[] = [];
    const of = clusters.map((members, c) => {
      const at = members.split(' ').map((name, m) => {
        const [id, group] = [`s/${c}.${m}`, name[0] === '-' ? undefined : name[0]!];
        // Without a rank is as with 0.
        const rank = name.endsWith('+') ? {rank: 1} : m === 0 ? {} : {rank: 0};
        return rows.push({id, source: 's', digest: id, exact: id, label: undefined, ...rank, group}) - 1;
      });
      const frozen = at.filter((_, m) => members.split(' ')[m]!.endsWith('!'));
      return {members: at, frozen, survivor: at[0]!};
    });
    const split = {golden: 0, traffic: 0, validation: 0, seed: 1};
    const known = Object.entries(former).map(([id, own]) => [`s/${id}`, {split: own, cluster: id}] as const);
    return groupHomes(
      rows,
      of,
      {
        former: new Map(known),
        split,
        ...(splitFor === undefined ? {} : {splitFor: ({group}) => splitFor(group) ?? split}),
      },
      (row) => rows[row]!.group,
    );
  };
  /** So many more clusters, each without a group. */
  const others = (n: number): string[] => new Array<string>(n).fill('-');
  const named = (...about: Parameters<typeof homes>): string[] => homes(...about).map(({cluster}) => cluster);

  it('are named by the smallest group, and those without one by their row', () => {
    expect(named(['b', '-', 'a', 'b', '- -'])).toEqual(['group:b', 's/1.0', 'group:a', 'group:b', 's/4.0']);
    expect(named(['b', 'a b', ...others(18)]).slice(0, 2)).toEqual(['group:a', 'group:a']);
  });

  it.each([
    // Two clusters are a tenth of 20.
    ['a duplicate of another group', ['a', 'b a'], 18, ['group:a', 'group:a']],
    ['… also as the first', ['b a', 'a'], 18, ['group:a', 'group:a']],
    ['no row of another group', ['a', 'b'], 18, ['group:a', 'group:b']],
    ['a duplicate without a group', ['a', '- a'], 18, ['group:a', 'group:a']],
    ['no duplicate of a group that is nowhere else', ['a', 'b c'], 18, ['group:a', 'group:b']],
    ['more than a tenth of all', ['a', 'b a'], 17, ['group:a', 'group:b']],
    ['a third cluster beyond a tenth', ['a', 'b a', 'c a'], 26, ['group:a', 'group:a', 'group:c']],
    ['… and up to it', ['a', 'b a', 'c a'], 27, ['group:a', 'group:a', 'group:a']],
    ['a row that was only sent again', ['a', 'b a+'], 18, ['group:a', 'group:b']],
    ['a golden row of another group, also beyond a tenth', ['a b!', 'b'], 17, ['group:a', 'group:a']],
    ['all of a group, however large', ['a', 'a', 'a', 'a'], 0, ['group:a', 'group:a', 'group:a', 'group:a']],
  ])('join by %s', (_, clusters, more, expected) => {
    expect(named([...clusters, ...others(more)]).slice(0, clusters.length)).toEqual(expected);
  });

  it.each<[string, string[], Record<string, Split>, [string, Split][]]>([
    [
      'one split',
      ['a', 'a'],
      {'0.0': 'validation'},
      [
        ['group:a', 'validation'],
        ['group:a', 'validation'],
      ],
    ],
    [
      'its first row’s',
      ['a', 'a'],
      {'0.0': 'traffic', '1.0': 'validation'},
      [
        ['group:a', 'traffic'],
        ['group:a', 'traffic'],
      ],
    ],
    [
      'golden before any other',
      ['a', 'a!'],
      {'0.0': 'validation'},
      [
        ['group:a', 'golden'],
        ['group:a', 'golden'],
      ],
    ],
    [
      'that of what joins it',
      ['a', 'b a'],
      {'0.0': 'validation'},
      [
        ['group:a', 'validation'],
        ['group:a', 'validation'],
      ],
    ],
    [
      '… either way',
      ['a', 'b a'],
      {'1.0': 'validation'},
      [
        ['group:a', 'validation'],
        ['group:a', 'validation'],
      ],
    ],
    [
      '… whichever is first',
      ['b a', 'a'],
      {'1.0': 'validation'},
      [
        ['group:a', 'validation'],
        ['group:a', 'validation'],
      ],
    ],
    [
      'the same as that',
      ['a', 'b a'],
      {'0.0': 'traffic', '1.0': 'traffic'},
      [
        ['group:a', 'traffic'],
        ['group:a', 'traffic'],
      ],
    ],
    [
      'another, which keeps them apart',
      ['a', 'b a'],
      {'0.0': 'traffic', '1.0': 'validation'},
      [
        ['group:a', 'traffic'],
        ['group:b', 'validation'],
      ],
    ],
    ['that of a duplicate', ['a -'], {'0.1': 'traffic'}, [['group:a', 'traffic']]],
    ['not that of what was sent again', ['a a+'], {'0.1': 'traffic'}, [['group:a', 'train']]],
  ])('keep what an earlier version gave: %s', (_, clusters, former, expected) => {
    const found = homes([...clusters, ...others(20 - clusters.length)], former);
    expect(found.slice(0, clusters.length).map(({cluster, split}) => [cluster, split])).toEqual(expected);
  });

  it('are in the split that is named for their rows, or by the shares that are, whatever the others have', () => {
    const rest = {golden: 1, traffic: 0, validation: 0, seed: 1};
    const split = (group: string | undefined) => ({a: 'traffic' as const, b: rest})[group ?? ''];
    const found = homes(['a', 'b', 'c', '-'], {'0.0': 'validation'}, split);
    expect(found.map((home) => home.split)).toEqual(['traffic', 'golden', 'train', 'train']);
  });

  it('name a row by which they are golden, the first one, also where another group joins them', () => {
    const golden = (...clusters: string[]) =>
      homes([...clusters, ...others(30 - clusters.length)])
        .slice(0, clusters.length)
        .map((home) => home.golden);
    expect(golden('a!', 'a!', 'b')).toEqual(['s/0.0', 's/0.0', undefined]);
    expect(golden('a! a!')).toEqual(['s/0.0']);
    expect(golden('a!', 'b a')).toEqual(['s/0.0', 's/0.0']);
    expect(golden('b a', 'a!')).toEqual(['s/1.0', 's/1.0']);
    expect(golden('b', 'a! b')).toEqual(['s/1.0', 's/1.0']);
    expect(homes(['b'])[0]).not.toHaveProperty('golden');
  });
});
