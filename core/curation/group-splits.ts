import type {Split} from '../../schemas/row.ts';
import type {JoinInput, JoinRow} from './join-input.ts';
import {fraction, splitOfCluster, type SplitShares} from './split.ts';
import {UnionFind} from './union-find.ts';

/** Rows that say the same, by their index. */
export interface Cluster {
  readonly members: readonly number[];
  /** Those of them that are golden in the parent version. */
  readonly frozen: readonly number[];
  /** The row that stays. */
  readonly survivor: number;
}

/** Where the surviving rows of a cluster go. */
export interface Home {
  readonly split: Split;
  /** What counts as one in every interval. */
  readonly cluster: string;
  /** A row by which the whole group has been golden since an earlier version. */
  readonly golden?: string;
}

/** Groups that duplicates join may make up this share of all rows: a closing phrase must not chain a whole corpus together. */
const MOST_JOINED = 0.1;

/**
 * Homes of clusters where a group stays whole, one for each cluster. A group's rows are one unit, and so are groups of which one
 * says what the other says. A unit that an earlier version had keeps its split, golden before any other; new units fill what
 * the shares leave open. Depends on the rows alone, not on their order.
 */
export function groupHomes<R extends JoinRow>(
  rows: readonly R[],
  clusters: readonly Cluster[],
  input: Pick<JoinInput<R>, 'former' | 'split' | 'splitFor'>,
  groupOf: (row: number) => string | undefined,
): Home[] {
  const units = unitsOf(rows, clusters, input, groupOf);
  const places = units.map((unit) => {
    const lead = rows[clusters[unit.clusters[0]!]!.survivor]!;
    const shares = input.splitFor?.(lead) ?? input.split;
    if (typeof shares === 'string') return shares;
    if (unit.known !== undefined) return unit.known;
    return shares === input.split ? null : splitOfCluster(unit.name, shares);
  });
  const filled = fillSplits(
    units.map(({name, clusters: own}, i) => ({
      name,
      rows: own.length,
      time: latest(own.map((at) => rows[clusters[at]!.survivor]!.time)),
      split: places[i]!,
    })),
    input.split,
  );
  const homes = new Array<Home>(clusters.length);
  for (const [i, {name, clusters: own, golden}] of units.entries())
    for (const at of own)
      homes[at] = {split: filled[i]!, cluster: name, ...(golden === undefined ? {} : {golden})};
  return homes;
}

interface Unit {
  readonly name: string;
  /** Indices of clusters. */
  readonly clusters: readonly number[];
  readonly known: Split | undefined;
  readonly golden: string | undefined;
}

function unitsOf<R extends JoinRow>(
  rows: readonly R[],
  clusters: readonly Cluster[],
  {former}: Pick<JoinInput<R>, 'former'>,
  groupOf: (row: number) => string | undefined,
): Unit[] {
  const sets = new UnionFind(clusters.length);
  // 1. What stays of a group is one unit, however large.
  const first = new Map<string | undefined, number>();
  for (const [at, {survivor, frozen}] of clusters.entries())
    for (const row of frozen.length > 0 ? frozen : [survivor]) {
      const group = groupOf(row);
      if (group === undefined) continue;
      const other = first.get(group);
      if (other === undefined) first.set(group, at);
      else sets.join(other, at);
    }
  // 2. Where earlier versions had it.
  const known = new Map<number, Split>();
  const golden = new Map<number, string>();
  for (const [at, cluster] of clusters.entries()) {
    const {frozen} = cluster;
    const root = sets.root(at);
    if (frozen.length > 0) {
      known.set(root, 'golden');
      if (!golden.has(root)) golden.set(root, rows[frozen[0]!]!.id);
    }
    const split = formerSplit(rows, cluster, former);
    if (split !== undefined && !known.has(root)) known.set(root, split);
  }
  // 3. Groups that say the same, unless earlier versions had them in different splits.
  const most = Math.max(1, Math.floor(MOST_JOINED * clusters.length));
  for (const [at, {members, survivor}] of clusters.entries())
    for (const row of members) {
      const other = speaksFor(rows, row, survivor) ? first.get(groupOf(row)) : undefined;
      if (other === undefined) continue;
      const [a, b] = [sets.root(at), sets.root(other)];
      const [ofA, ofB] = [known.get(a), known.get(b)];
      if (a === b || (ofA !== undefined && ofB !== undefined && ofA !== ofB)) continue;
      const held = golden.get(a) ?? golden.get(b);
      if (!sets.join(a, b, most)) continue;
      const root = sets.root(at);
      if (ofA !== undefined || ofB !== undefined) known.set(root, (ofA ?? ofB)!);
      if (held !== undefined) golden.set(root, held);
    }
  return [...Map.groupBy(clusters.keys(), (at) => sets.root(at))].map(([root, own]) => ({
    name: nameOf(own, rows, clusters, groupOf),
    clusters: own,
    known: known.get(root),
    golden: golden.get(root),
  }));
}

/** The split that a cluster had in the parent version: that of its first row there. */
export function formerSplit<R extends JoinRow>(
  rows: readonly R[],
  {members, survivor}: Cluster,
  former: JoinInput<R>['former'],
): Split | undefined {
  return members
    .filter((row) => speaksFor(rows, row, survivor))
    .map((row) => former.get(rows[row]!.id))
    .find((place) => place !== undefined)?.split;
}

/** What users send again of a curated row says nothing of where it goes. */
function speaksFor(rows: readonly JoinRow[], row: number, survivor: number): boolean {
  return (rows[row]!.rank ?? 0) === (rows[survivor]!.rank ?? 0);
}

/** By its smallest group. Names of sources hold no colon, so no row's id is like it. */
function nameOf(
  own: readonly number[],
  rows: readonly JoinRow[],
  clusters: readonly Cluster[],
  groupOf: (row: number) => string | undefined,
): string {
  let name: string | undefined;
  for (const at of own)
    for (const row of [clusters[at]!.survivor, ...clusters[at]!.frozen]) {
      const group = groupOf(row);
      if (group !== undefined && (name === undefined || group < name)) name = group;
    }
  return name === undefined ? rows[clusters[own[0]!]!.survivor]!.id : `group:${name}`;
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce(
    (most, time) => (time === undefined || (most !== undefined && most >= time) ? most : time),
    undefined,
  );
}

export interface OpenUnit {
  readonly name: string;
  readonly rows: number;
  /** Of its latest row. */
  readonly time: number | undefined;
  /** Null where it is to be chosen. */
  readonly split: Split | null;
}

/** A split takes no unit that would make it larger than this many times its share. */
const MOST_OVER = 1.5;

/**
 * Splits for units that have none, in the order of their hashes, until each split has its share of all rows; the rest is train.
 * Where any unit has a time, golden units are the latest ones instead, so what is measured is later than what was learned. A unit
 * too large for a split's share is left to train. A split without any row gets the smallest unit there is, unless nothing would
 * be left to train on.
 */
export function fillSplits(units: readonly OpenUnit[], shares: SplitShares): Split[] {
  const splits = units.map(({split}) => split);
  const all = units.reduce((sum, {rows}) => sum + rows, 0);
  const at = units.map(({name}) => fraction(`${name}\0${shares.seed}`));
  const hashed = [...units.keys()].sort(
    (a, b) => at[a]! - at[b]! || (units[a]!.name < units[b]!.name ? -1 : 1),
  );
  const timed = units.some(({time}) => time !== undefined)
    ? [...hashed].sort((a, b) => (units[b]!.time ?? -Infinity) - (units[a]!.time ?? -Infinity))
    : hashed;
  for (const split of ['golden', 'traffic', 'validation'] as const) {
    const target = shares[split] * all;
    const order = (split === 'golden' ? timed : hashed).filter((i) => splits[i] === null);
    let taken = 0;
    for (const [i, own] of splits.entries()) if (own === split) taken += units[i]!.rows;
    for (const i of order) {
      const {rows} = units[i]!;
      if (taken >= target || taken + rows > MOST_OVER * target) continue;
      splits[i] = split;
      taken += rows;
    }
    if (taken > 0 || target === 0 || order.length < 2) continue;
    splits[order.reduce((least, i) => (units[i]!.rows < units[least]!.rows ? i : least))] = split;
  }
  return splits.map((split) => split ?? 'train');
}
