import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Lease, Leases} from '../../../stores/objects/lease.ts';
import {openStores} from '../../../stores/stores.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('leases', kind), () => {
    let place: OpenedPlace;
    let leases: Leases;
    beforeAll(async () => {
      place = await kind.open();
      leases = (await openStores(place.url)).leases('mail');
    });
    afterAll(() => place.remove());

    const long = 3_600_000;
    async function acquired(
      name: string,
      owner: string,
      options: {ttlMs?: number; takeOver?: boolean} = {},
    ): Promise<Lease> {
      const result = await leases.acquire(name, {owner, ttlMs: long, ...options});
      if (result.status !== 'acquired') throw new Error(`held by ${result.by}`);
      return result.lease;
    }
    const fenced = {name: 'Fenced', retryable: false};

    test('one owner at a time; the others learn who and until when', async () => {
      const lease = await acquired('job', 'a');
      expect(lease.token).toBe(1);
      await leases.check(lease);
      const other = await leases.acquire('job', {owner: 'b', ttlMs: long});
      expect(other).toMatchObject({status: 'held', by: 'a'});
      expect(other.status === 'held' && other.until.getTime()).toBeGreaterThan(Date.now() + long / 2);
      await leases.renew(lease, long);
    });

    test('whoever takes over fences the former, also when it is the same owner', async () => {
      const first = await acquired('taken', 'a');
      const second = await acquired('taken', 'b', {takeOver: true});
      const third = await acquired('taken', 'b');
      expect([first, second, third].map(({token}) => token)).toEqual([1, 2, 3]);
      for (const old of [first, second]) {
        await expect(leases.check(old)).rejects.toMatchObject(fenced);
        await expect(leases.renew(old, long)).rejects.toMatchObject(fenced);
        await expect(leases.release(old)).rejects.toMatchObject(fenced);
      }
      await expect(leases.check(first)).rejects.toThrow(/b holds it with token 3/);
      await leases.check(third);
    });

    test('one that expired or was released may be taken; the token grows on', async () => {
      await acquired('expired', 'a', {ttlMs: 0});
      expect((await acquired('expired', 'b')).token).toBe(2);
      const released = await acquired('released', 'a');
      await leases.release(released);
      expect((await acquired('released', 'b')).token).toBe(2);
    });

    test('an expired lease that nobody took still holds: expiry alone fences nobody', async () => {
      const lease = await acquired('slow', 'a', {ttlMs: 0});
      await leases.check(lease);
      await leases.renew(lease, long);
      expect(await leases.acquire('slow', {owner: 'b', ttlMs: long})).toMatchObject({status: 'held'});
    });

    test('of many at once one gets it', async () => {
      const all = await Promise.all(
        Array.from({length: 8}, (_, n) => leases.acquire('race', {owner: `o${n}`, ttlMs: long})),
      );
      expect(all.filter(({status}) => status === 'acquired')).toHaveLength(1);
    });

    test('what was never given is fenced', async () => {
      await expect(leases.check({name: 'never', token: 1})).rejects.toThrow(/it is gone/);
    });
  });
