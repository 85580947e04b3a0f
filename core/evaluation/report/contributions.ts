import type {Contributions} from '../../../schemas/dataset.ts';
import {count} from './wording.ts';

/** So many keys are named; the others are counted. */
const NAMED = 5;

/**
 * Who contributed how much of a version's rows, in one sentence, as report and approval say it.
 * @example '120 rows are what users said, by 80 users, at most 5 by one: key shop 100, key desk 20; 0 golden, 0 seen by a person, 30 left out over a limit'
 */
export function contributionsInWords({
  rows,
  reviewed,
  golden,
  limited,
  keys,
  users,
  mostOfOneUser,
}: Contributions): string {
  const named = keys
    .slice(0, NAMED)
    .map((one) => `${one.key === null ? 'without a key' : `key ${one.name ?? one.key}`} ${count(one.rows)}`);
  const others = keys.slice(NAMED).reduce((sum, one) => sum + one.rows, 0);
  const by = [...named, ...(others > 0 ? [`${keys.length - NAMED} other keys ${count(others)}`] : [])].join(
    ', ',
  );
  return (
    `${count(rows)} rows are what users said, by ${count(users)} users, at most ${count(mostOfOneUser)} by one` +
    `${by === '' ? '' : `: ${by}`}; ${count(golden)} golden, ${count(reviewed)} seen by a person, ${count(limited)} left out over a limit`
  );
}
