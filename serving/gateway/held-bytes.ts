export interface HeldBytesLimits {
  /** Of all requests under way together… */
  readonly all: number;
  /** …and of those of one key. */
  readonly ofAKey: number;
}

/** Bytes of bodies that requests under way hold, from when they come until the request is over. */
export class HeldBytes {
  readonly #limits: HeldBytesLimits;
  /** By family; those that hold none are not there. */
  readonly #ofKeys = new Map<string, number>();
  #all = 0;

  constructor(limits: HeldBytesLimits) {
    this.#limits = limits;
  }

  get all(): number {
    return this.#all;
  }

  /** What a further `bytes` would pass; null, and then they are held, if nothing. `key`: its family, '' without one. */
  take(key: string, bytes: number): 'all' | 'key' | null {
    const ofKey = (this.#ofKeys.get(key) ?? 0) + bytes;
    if (ofKey > this.#limits.ofAKey) return 'key';
    if (this.#all + bytes > this.#limits.all) return 'all';
    this.#ofKeys.set(key, ofKey);
    this.#all += bytes;
    return null;
  }

  give(key: string, bytes: number): void {
    const left = this.#ofKeys.get(key)! - bytes;
    if (left === 0) this.#ofKeys.delete(key);
    else this.#ofKeys.set(key, left);
    this.#all -= bytes;
  }
}
