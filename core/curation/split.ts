import {createHash} from 'node:crypto';
import type {Split} from '../../schemas/row.ts';

export interface SplitShares {
  readonly golden: number;
  readonly traffic: number;
  readonly validation: number;
  readonly seed: number;
}

/**
 * The split of a duplicate cluster: hash(cluster ‖ seed) as a number in [0, 1) against the shares of golden, traffic and
 * validation; the rest is train. So a text and its copies never fall into two splits, and adding rows moves none.
 */
export function splitOfCluster(cluster: string, {golden, traffic, validation, seed}: SplitShares): Split {
  const at = fraction(`${cluster}\0${seed}`);
  if (at < golden) return 'golden';
  if (at < golden + traffic) return 'traffic';
  if (at < golden + traffic + validation) return 'validation';
  return 'train';
}

/** sha256 of a text as a number in [0, 1), 48 bits of it. */
export function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
