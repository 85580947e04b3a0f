import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {fillSplits, type OpenUnit} from '../../../core/curation/group-splits.ts';
import {fraction} from '../../../core/curation/split.ts';
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
    expect(placed([...units, unit('group:x', 10)])['group:x']).not.toBe('golden');
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

  it('change with the seed', () => {
    const units = Array.from({length: 100}, (_, i) => unit(`group:${i}`, 3));
    expect(placed(units, {...SHARES, seed: 8})).not.toEqual(placed(units));
  });
});
