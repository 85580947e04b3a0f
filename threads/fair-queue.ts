/** Bounded, in lanes that take turns; within a lane in the order in which things came. */
export class FairQueue<T> {
  readonly #most: number;
  readonly #mostOfALane: number;
  /** The lane whose turn it is comes first. */
  readonly #lanes = new Map<string, T[]>();
  #size = 0;

  constructor(most: number, mostOfALane: number) {
    this.#most = most;
    this.#mostOfALane = mostOfALane;
  }

  get size(): number {
    return this.#size;
  }

  /** False where it, or the lane, is full. */
  add(lane: string, item: T): boolean {
    const items = this.#lanes.get(lane) ?? [];
    if (this.#size >= this.#most || items.length >= this.#mostOfALane) return false;
    items.push(item);
    this.#lanes.set(lane, items);
    this.#size++;
    return true;
  }

  take(): T | undefined {
    const [first] = this.#lanes;
    if (first === undefined) return undefined;
    const [lane, items] = first;
    this.#lanes.delete(lane);
    const item = items.shift()!;
    this.#size--;
    // Behind the others.
    if (items.length > 0) this.#lanes.set(lane, items);
    return item;
  }

  /** Whether it was still there. */
  remove(lane: string, item: T): boolean {
    const items = this.#lanes.get(lane) ?? [];
    const at = items.indexOf(item);
    if (at === -1) return false;
    items.splice(at, 1);
    this.#size--;
    if (items.length === 0) this.#lanes.delete(lane);
    return true;
  }

  takeAll(): T[] {
    const all = [...this.#lanes.values()].flat();
    this.#lanes.clear();
    this.#size = 0;
    return all;
  }
}
