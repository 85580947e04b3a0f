import type {Split} from '../../schemas/row.ts';
import {formerSplit, groupHomes, type Cluster, type Home} from './group-splits.ts';
import type {JoinInput, JoinRow} from './join-input.ts';
import {joinNearDuplicates, type NearDuplicateCounts} from './near-duplicates.ts';
import {separateSplits} from './separate-splits.ts';
import {splitOfCluster} from './split.ts';
import {UnionFind} from './union-find.ts';

export type JoinRule = 'duplicate_id' | 'exact_duplicate' | 'near_duplicate' | 'golden_overlap';
export type Placed<R extends JoinRow = JoinRow> =
  | {readonly status: 'kept'; readonly row: R; readonly cluster: string; readonly split: Split}
  | {
      readonly status: 'dropped';
      readonly row: R;
      readonly rule: JoinRule;
      readonly reason: string;
      readonly survivor: string;
    };

export interface Joined<R extends JoinRow = JoinRow> {
  /** One for every row, in the order of ids. */
  readonly placed: readonly Placed<R>[];
  readonly counts: NearDuplicateCounts;
  readonly largestCluster: number;
  /** Clusters whose rows do not all have the same label. */
  readonly labelConflicts: number;
}

/**
 * All rows of a version against one another: duplicates down to one row a cluster, the lowest rank, then the smallest id; splits
 * by cluster, or by group; nothing that overlaps with a golden row outside of the golden split, no near-duplicates in two splits.
 * Depends on the rows alone, not on their order or sharding. A row is dropped for one rule.
 *
 * A golden row of the parent version stays what it was, by digest: a record that has its id and says something else leaves,
 * and so do rows that are in one cluster with it. A cluster with a former row of the survivor's rank keeps that row's split (unless
 * `splitFor` names one), so a new golden row is in a cluster of new rows only.
 */
export async function joinRows<R extends JoinRow>(input: JoinInput<R>): Promise<Joined<R>> {
  const rows = [...input.rows].sort(byIdThenDigest);
  const placed: (Placed<R> | undefined)[] = new Array<Placed<R> | undefined>(rows.length);
  const drop: DropRow = (i, rule, reason, survivor) => {
    placed[i] = {status: 'dropped', row: rows[i]!, rule, reason, survivor};
  };
  const unique = await uniqueRows(rows, input, drop);
  const {clusters, counts} = await clustersOf(rows, unique, input);
  const {group, time} = input.split;
  const homes =
    group === undefined && time === undefined
      ? null
      : groupHomes(rows, clusters, input, groupsOf(rows, input));
  let largestCluster = 0;
  let labelConflicts = 0;
  for (const [at, cluster] of clusters.entries()) {
    await input.pause?.();
    largestCluster = Math.max(largestCluster, cluster.members.length);
    if (new Set(cluster.members.map((i) => rows[i]!.label)).size > 1) labelConflicts++;
    const home = homes?.[at] ?? homeOf(rows, cluster, input);
    if (cluster.frozen.length > 0) placeFrozen(rows, cluster, {home, input, placed, drop});
    else placeSurvivor(rows, cluster, {home, input, placed, drop});
  }

  // What is too much like a row of another split without being in its cluster.
  const kept = placed.flatMap((place, i) =>
    place?.status === 'kept' ? [{i, row: place.row, id: place.row.id, split: place.split}] : [],
  );
  for (const {at, rule, reason, survivor} of await separateSplits({...input, rows: kept}))
    drop(kept[at]!.i, rule, reason, survivor);

  return {placed: placed as Placed<R>[], counts, largestCluster, labelConflicts};
}

type DropRow = (i: number, rule: JoinRule, reason: string, survivor: string) => void;

/** One row an id, the golden one where there is one: the rows' order makes the first of the others the same in any run. */
async function uniqueRows<R extends JoinRow>(
  rows: readonly R[],
  {golden, pause}: JoinInput<R>,
  drop: DropRow,
): Promise<number[]> {
  const unique: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    await pause?.();
    const {id, digest} = rows[i]!;
    const known = rows[unique.at(-1) ?? -1];
    const frozen = golden.get(id);
    if (frozen && frozen.digest !== digest)
      drop(i, 'golden_overlap', 'differs from the golden row that has its id', id);
    else if (known?.id !== id) unique.push(i);
    else if (known.digest === digest) drop(i, 'exact_duplicate', 'the same record twice', id);
    else drop(i, 'duplicate_id', 'another record has this id', id);
  }
  return unique;
}

/** Rows that say the same or nearly the same, in the order of their first ids. */
async function clustersOf<R extends JoinRow>(
  rows: readonly R[],
  unique: readonly number[],
  input: JoinInput<R>,
): Promise<{readonly clusters: readonly Cluster[]; readonly counts: NearDuplicateCounts}> {
  // 1. Texts that say the same: one of each goes on.
  const sets = new UnionFind(rows.length);
  const first = new Map<string, number>();
  const leaders: number[] = [];
  const copies: (readonly [leader: number, copy: number])[] = [];
  for (const i of unique) {
    const leader = first.get(rows[i]!.exact);
    if (leader === undefined) {
      first.set(rows[i]!.exact, i);
      leaders.push(i);
    } else copies.push([leader, i]);
  }

  // 2. Texts that say nearly the same.
  const counts = await joinNearDuplicates(
    {
      n: rows.length,
      among: leaders,
      bands: input.bands,
      bandKey: (i, band) => input.bandKey(rows[i]!, band),
      shingles: (i) => input.shingles(rows[i]!),
      threshold: input.jaccard,
      maxCluster: input.maxCluster,
      pause: input.pause,
    },
    sets,
  );
  // Only now, since a cluster may hold any number of copies, but not of different texts.
  for (const [leader, copy] of copies) sets.join(leader, copy);

  const clusters = [...Map.groupBy(unique, (i) => sets.root(i)).values()].map((members): Cluster => {
    const frozen = members.filter((i) => input.golden.has(rows[i]!.id));
    const survivor =
      frozen[0] ?? members.reduce((best, i) => (rankOf(rows[i]!) < rankOf(rows[best]!) ? i : best));
    return {members, frozen, survivor};
  });
  return {clusters, counts};
}

function homeOf<R extends JoinRow>(rows: readonly R[], cluster: Cluster, input: JoinInput<R>): Home {
  const {id} = rows[cluster.survivor]!;
  const shares = input.splitFor?.(rows[cluster.survivor]!) ?? input.split;
  const split =
    typeof shares === 'string'
      ? shares
      : (formerSplit(rows, cluster, input.former) ?? splitOfCluster(id, shares));
  return {split, cluster: id};
}

/** A golden row from before `group` was set has none: the record that has its id now says which. */
function groupsOf<R extends JoinRow>(
  rows: readonly R[],
  {golden}: JoinInput<R>,
): (row: number) => string | undefined {
  const ofId = new Map<string, string>();
  for (const {id, group} of rows) if (group !== undefined && golden.has(id)) ofId.set(id, group);
  return (row) => rows[row]!.group ?? ofId.get(rows[row]!.id);
}

interface Placing<R extends JoinRow> {
  readonly home: Home;
  readonly input: JoinInput<R>;
  readonly placed: (Placed<R> | undefined)[];
  readonly drop: DropRow;
}

function placeFrozen<R extends JoinRow>(
  rows: readonly R[],
  {members, frozen}: Cluster,
  {home, input: {golden, split}, placed, drop}: Placing<R>,
): void {
  for (const i of frozen) {
    const row = rows[i]!;
    const cluster = split.group === undefined ? golden.get(row.id)!.cluster : home.cluster;
    placed[i] = {status: 'kept', row, cluster, split: 'golden'};
  }
  const survivor = rows[frozen[0]!]!.id;
  for (const i of members)
    if (!placed[i])
      drop(i, 'golden_overlap', `in one duplicate cluster with golden row ${survivor}`, survivor);
}

function placeSurvivor<R extends JoinRow>(
  rows: readonly R[],
  cluster: Cluster,
  {home, input, placed, drop}: Placing<R>,
): void {
  const {members, survivor} = cluster;
  const row = rows[survivor]!;
  const before = formerSplit(rows, cluster, input.former) ?? 'golden';
  // What a model was trained on measures it no more.
  if (home.golden !== undefined && home.split === 'golden' && before !== 'golden')
    drop(
      survivor,
      'golden_overlap',
      `in one group with golden row ${home.golden}, and in ${before} before`,
      home.golden,
    );
  else placed[survivor] = {status: 'kept', row, cluster: home.cluster, split: home.split};
  for (const i of members) {
    if (i === survivor) continue;
    if (rows[i]!.exact === row.exact) drop(i, 'exact_duplicate', `says the same as ${row.id}`, row.id);
    else drop(i, 'near_duplicate', `in one cluster of near-duplicates with ${row.id}`, row.id);
  }
}

function rankOf({rank = 0}: JoinRow): number {
  return rank;
}

function byIdThenDigest(a: JoinRow, b: JoinRow): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0;
}
