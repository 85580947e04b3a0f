interface Lane<T> {
  readonly items: T[];
  /** Under way. */
  taken: number;
  /** What its things took, as it counted at `at`. Milliseconds. */
  ms: number;
  at: number;
}

export interface FairQueueOptions {
  /** Things of one lane that may be taken and not done. Default: any number. */
  readonly takenOfALane?: number;
  /** The time. Milliseconds. */
  readonly now?: () => number;
}

/** What a lane used counts half after so long. Milliseconds. */
const HALF_LIFE_MS = 10_000;
/** Less than this is forgotten. Milliseconds. */
const LEAST_MS = 1;

/**
 * Bounded, in lanes: the one whose things took the least time of late comes next, of equals the one whose turn was longest ago.
 * Within a lane in the order in which things came.
 */
export class FairQueue<T> {
  readonly #most: number;
  readonly #mostOfALane: number;
  readonly #takenOfALane: number;
  readonly #now: () => number;
  /** In the order of their last turns. */
  readonly #lanes = new Map<string, Lane<T>>();
  #size = 0;

  constructor(
    most: number,
    mostOfALane: number,
    {takenOfALane = Infinity, now = () => performance.now()}: FairQueueOptions = {},
  ) {
    this.#most = most;
    this.#mostOfALane = mostOfALane;
    this.#takenOfALane = takenOfALane;
    this.#now = now;
  }

  get size(): number {
    return this.#size;
  }

  /** So many `take` would give, one after another. */
  get takeable(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + this.#takeableOf(lane), 0);
  }

  /** False where it, or the lane, is full. */
  add(lane: string, item: T): boolean {
    const own = this.#lanes.get(lane) ?? {items: [], taken: 0, ms: 0, at: this.#now()};
    if (this.#size >= this.#most || own.items.length >= this.#mostOfALane) return false;
    own.items.push(item);
    this.#lanes.set(lane, own);
    this.#size++;
    return true;
  }

  /** Whoever takes it says when it is `done`. */
  take(): T | undefined {
    this.#age();
    let next: [string, Lane<T>] | undefined;
    for (const entry of this.#lanes)
      if (this.#takeableOf(entry[1]) > 0 && (next === undefined || entry[1].ms < next[1].ms)) next = entry;
    if (next === undefined) return undefined;
    const [name, lane] = next;
    lane.taken++;
    this.#size--;
    // Behind the others.
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    return lane.items.shift();
  }

  /** Something of this lane's that was taken took so long. */
  done(lane: string, ms: number): void {
    const own = this.#lanes.get(lane);
    if (own === undefined) return;
    own.taken--;
    own.ms += ms;
  }

  /** Whether it was still there. */
  remove(lane: string, item: T): boolean {
    const items = this.#lanes.get(lane)?.items ?? [];
    const at = items.indexOf(item);
    if (at === -1) return false;
    items.splice(at, 1);
    this.#size--;
    return true;
  }

  /** What waits; nothing is under way any more. */
  takeAll(): T[] {
    const all = [...this.#lanes.values()].flatMap(({items}) => items);
    this.#lanes.clear();
    this.#size = 0;
    return all;
  }

  #takeableOf({items, taken}: Lane<T>): number {
    return Math.min(items.length, this.#takenOfALane - taken);
  }

  /** Lets time pass for what lanes used, and forgets those of which nothing is left. */
  #age(): void {
    const now = this.#now();
    for (const [name, lane] of this.#lanes) {
      lane.ms *= 2 ** ((lane.at - now) / HALF_LIFE_MS);
      lane.at = now;
      if (lane.ms < LEAST_MS && lane.taken === 0 && lane.items.length === 0) this.#lanes.delete(name);
    }
  }
}
