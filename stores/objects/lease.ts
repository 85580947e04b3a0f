import {z} from 'zod';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {readDocument, swapDocument} from './documents.ts';
import {keySegment} from './object-key.ts';
import type {ObjectStore} from './object-store.ts';

export const LeaseDocument = z.strictObject({
  v: z.literal(1),
  name: z.string(),
  owner: z.string(),
  /** Grows by 1 with every acquisition: the fencing token. */
  token: z.int().positive(),
  /** Milliseconds since the epoch by its owner's clock; 0 when released. */
  expiresAt: z.int().nonnegative(),
});
type LeaseDocument = z.infer<typeof LeaseDocument>;

/** Plain data: may be kept in a file and checked by another process. */
export interface Lease {
  readonly name: string;
  readonly owner: string;
  readonly token: number;
}
export type Acquired =
  | {readonly status: 'acquired'; readonly lease: Lease}
  | {readonly status: 'held'; readonly by: string; readonly until: Date};

/**
 * Leases with fencing tokens (Kleppmann 2016): whoever acquires one gets the next token, and with that everybody who held
 * it before is fenced: their renew and check throw. Expiry only says when others may take over without force; safety comes
 * from checking the token before each effect, not from clocks. `leases/PROJECT/NAME.json`.
 */
export class Leases {
  readonly #store: ObjectStore;
  readonly #project: string;

  constructor(store: ObjectStore, project: string) {
    this.#store = store;
    this.#project = project;
  }

  /**
   * `takeOver`: even if another owner's lease has not expired, for the caller knows that it has no right to it any more (a
   * new attempt of an activity). The present owner always gets it again, with a new token.
   */
  async acquire(
    name: string,
    {owner, ttlMs, takeOver = false}: {owner: string; ttlMs: number; takeOver?: boolean},
  ): Promise<Acquired> {
    let holder: LeaseDocument | null = null;
    const taken = await swapDocument(this.#store, this.#key(name), LeaseDocument, (current) => {
      holder = current;
      const live = current !== null && current.owner !== owner && current.expiresAt > Date.now();
      if (live && !takeOver) return null;
      return {v: 1 as const, name, owner, token: (current?.token ?? 0) + 1, expiresAt: Date.now() + ttlMs};
    });
    if (taken) return {status: 'acquired', lease: {name, owner, token: taken.token}};
    const {owner: by, expiresAt} = holder!;
    return {status: 'held', by, until: new Date(expiresAt)};
  }

  /** Throws Fenced if somebody acquired it since. */
  async renew(lease: Lease, ttlMs: number): Promise<void> {
    await this.#set(lease, () => Date.now() + ttlMs);
  }

  /** Throws Fenced unless this token is still the last one given. Ask before each effect that others could also have. */
  async check({name, token}: Pick<Lease, 'name' | 'token'>): Promise<void> {
    const found = await readDocument(this.#store, this.#key(name), LeaseDocument);
    if (found?.value.token !== token) throw fenced(name, token, found?.value ?? null);
  }

  /** Others may have it at once. Throws Fenced if somebody has. */
  async release(lease: Lease): Promise<void> {
    await this.#set(lease, () => 0);
  }

  async #set(lease: Lease, expiresAt: () => number): Promise<void> {
    await swapDocument(this.#store, this.#key(lease.name), LeaseDocument, (current) => {
      if (current?.token !== lease.token) throw fenced(lease.name, lease.token, current);
      return {...current, expiresAt: expiresAt()};
    });
  }

  #key(name: string): string {
    return `leases/${keySegment(this.#project)}/${keySegment(name)}.json`;
  }
}

function fenced(name: string, token: number, current: LeaseDocument | null): RatchetError {
  const now = current === null ? 'it is gone' : `${current.owner} holds it with token ${current.token}`;
  return new RatchetError(
    ErrorType.Fenced,
    `the lease ${name} is no longer ours (token ${token}): ${now}; nothing more may be written for this job`,
  );
}
