import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {stateOf} from '../../../core/access/key-state.ts';
import {tokenHash} from '../../../core/access/token.ts';
import {GatewayKeySet, type UsageCounts} from '../../../schemas/gateway-key.ts';
import {writeDocument} from '../../../stores/objects/documents.ts';
import type {NewKey} from '../../../stores/access/gateway-keys.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

const wanted = (name: string, more: Partial<NewKey> = {}): NewKey => ({
  name,
  scopes: ['chat', 'feedback'],
  expires: null,
  rate: null,
  budget: null,
  ...more,
});
const HOUR = 3_600_000;

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('gateway keys', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
    });
    afterAll(() => place.remove());

    async function facts(project: string): Promise<object[]> {
      const found: object[] = [];
      for await (const {kind, actor, data} of stores.audit(project).entries())
        found.push({kind, actor, ...data});
      expect((await stores.audit(project).verify()).breaks).toEqual([]);
      return found;
    }

    test('a project has none, and then one of which only the hash is stored', async () => {
      expect(await stores.gatewayKeys.read('new')).toBeNull();
      const limits = {rate: {perSecond: 5, burst: 10}, budget: {tokens: 1000, cost: null}};
      const {key, token} = await stores.gatewayKeys.create('new', wanted('app', limits), 'anna');
      expect(key).toMatchObject({
        name: 'app',
        createdBy: 'anna',
        hash: tokenHash(token),
        family: key.id,
        ...limits,
      });
      expect(await stores.gatewayKeys.read('new')).toEqual({v: 1, project: 'new', keys: [key]});
      for await (const name of stores.objects.list('')) {
        const found = await stores.objects.get(name);
        expect(Buffer.from(found!.bytes).toString()).not.toContain(token);
      }
      expect(await facts('new')).toMatchObject([
        {
          kind: 'gateway_key',
          actor: 'anna',
          act: 'created',
          key: key.id,
          name: 'app',
          scopes: ['chat', 'feedback'],
        },
      ]);
    });

    test('a name is taken while its key is good', async () => {
      await stores.gatewayKeys.create('names', wanted('app'), 'anna');
      await expect(stores.gatewayKeys.create('names', wanted('app'), 'ben')).rejects.toMatchObject({
        name: 'InvalidInput',
        message: expect.stringMatching(/^names has a key app \([0-9a-f]{12}\): rotate that one/) as string,
      });
      await stores.gatewayKeys.revoke('names', 'app', 'anna');
      await stores.gatewayKeys.create('names', wanted('app'), 'ben');
      expect((await stores.gatewayKeys.read('names'))?.keys.map(({revoked}) => revoked?.by)).toEqual([
        'anna',
        undefined,
      ]);
    });

    test('a project has at most 1,000 keys, and the error says how many there are', async () => {
      const {key} = await stores.gatewayKeys.create('full', wanted('app0'), 'anna');
      const keys = Array.from({length: 999}, (_, i) => ({
        ...key,
        id: i.toString(16).padStart(12, '0'),
        name: `app${i}`,
      }));
      await writeDocument(stores.objects, 'gateway-keys/full.json', GatewayKeySet, {
        v: 1,
        project: 'full',
        keys,
      });
      await stores.gatewayKeys.create('full', wanted('last'), 'anna');
      await expect(stores.gatewayKeys.create('full', wanted('more'), 'anna')).rejects.toThrow(
        'full has 1000 keys, expected at most 1000: one an application, not one a user',
      );
      expect((await stores.gatewayKeys.read('full'))?.keys).toHaveLength(1000);
    });

    test('a rotation leaves both good for the overlap, and keeps rights, limits, family and lifetime', async () => {
      const expires = new Date(Date.now() + 10 * HOUR).toISOString();
      const first = await stores.gatewayKeys.create('turn', wanted('app', {expires}), 'anna');
      const turned = await stores.gatewayKeys.rotate('turn', 'app', {overlapMs: HOUR, by: 'ben'});
      expect(turned.token).not.toBe(first.token);
      expect(turned.key).toMatchObject({
        name: 'app',
        scopes: ['chat', 'feedback'],
        family: first.key.id,
        replaced: null,
      });
      const lifetime = Date.parse(turned.key.expires!) - Date.parse(turned.key.created);
      expect(Math.abs(lifetime - 10 * HOUR)).toBeLessThan(60_000);
      const [old] = (await stores.gatewayKeys.read('turn'))!.keys;
      expect(old).toEqual(turned.former);
      const until = Date.parse(old!.replaced!.until);
      expect([stateOf(old!, until - 1), stateOf(old!, until)]).toEqual(['retiring', 'replaced']);
      await expect(
        stores.gatewayKeys.rotate('turn', first.key.id, {overlapMs: 0, by: 'ben'}),
      ).rejects.toThrow(`was replaced by ${turned.key.id}: rotate that one`);
      // By its name the one that is live is meant.
      const again = await stores.gatewayKeys.rotate('turn', 'app', {overlapMs: 0, by: 'ben'});
      expect(again.former.id).toBe(turned.key.id);
      expect(again.key.family).toBe(first.key.id);
      expect((await facts('turn')).slice(1)).toMatchObject([
        {act: 'rotated', actor: 'ben', key: first.key.id, to: turned.key.id},
        {act: 'rotated', actor: 'ben', key: turned.key.id, to: again.key.id},
      ]);
    });

    test('revoking by name ends all of that name, by id the one; twice is once', async () => {
      const first = await stores.gatewayKeys.create('end', wanted('app'), 'anna');
      const {key} = await stores.gatewayKeys.rotate('end', 'app', {overlapMs: HOUR, by: 'anna'});
      const other = await stores.gatewayKeys.create('end', wanted('other'), 'anna');
      const ids = (keys: readonly {readonly id: string}[]) => keys.map(({id}) => id);
      expect(ids(await stores.gatewayKeys.revoke('end', 'app', 'ben'))).toEqual([first.key.id, key.id]);
      expect(await stores.gatewayKeys.revoke('end', 'app', 'carl')).toEqual([]);
      expect(ids(await stores.gatewayKeys.revoke('end', other.key.id, 'ben'))).toEqual([other.key.id]);
      expect((await stores.gatewayKeys.read('end'))!.keys.map((one) => stateOf(one, 0))).toEqual(
        Array(3).fill('revoked'),
      );
      const revoked = (await facts('end')).filter((fact) => 'act' in fact && fact.act === 'revoked');
      expect(revoked).toMatchObject([
        {actor: 'ben', key: first.key.id},
        {actor: 'ben', key: key.id},
        {actor: 'ben', key: other.key.id},
      ]);
      await expect(stores.gatewayKeys.rotate('end', 'app', {overlapMs: 0, by: 'x'})).rejects.toThrow(
        'the key app of end is revoked: create another one',
      );
      await expect(stores.gatewayKeys.revoke('end', 'nobody', 'x')).rejects.toThrow(
        'end has no key "nobody"; its keys: app, other',
      );
    });

    test('a key that ended 90 days ago goes, and its family stays known', async () => {
      const first = await stores.gatewayKeys.create('long', wanted('app'), 'anna');
      const turned = await stores.gatewayKeys.rotate('long', 'app', {overlapMs: 0, by: 'anna'});
      const now = await stores.gatewayKeys.rotate('long', 'app', {overlapMs: 0, by: 'anna'});
      const all = [first, turned, now].map(({key}) => [key.id, first.key.id]);
      expect([...(await stores.gatewayKeys.families('long'))]).toEqual(all);
      await longAgo('long', [first.key.id, turned.key.id]);
      // The second change after finds it as the first one left it.
      for (const name of ['desk', 'shop']) await stores.gatewayKeys.create('long', wanted(name), 'anna');
      const {keys, former} = (await stores.gatewayKeys.read('long'))!;
      expect(keys.map(({name}) => name)).toEqual(['app', 'desk', 'shop']);
      expect(former).toEqual({[turned.key.id]: first.key.id});
      const families = await stores.gatewayKeys.families('long');
      for (const {key} of [turned, now]) expect(families.get(key.id)).toBe(first.key.id);
    });

    /** As if these keys had ended 91 days ago. */
    async function longAgo(project: string, ids: readonly string[]): Promise<void> {
      const set = (await stores.gatewayKeys.read(project))!;
      const until = new Date(Date.now() - 91 * 24 * HOUR).toISOString();
      const keys = set.keys.map((key) =>
        ids.includes(key.id) ? {...key, replaced: {...key.replaced!, until}} : key,
      );
      await writeDocument(stores.objects, `gateway-keys/${project}.json`, GatewayKeySet, {...set, keys});
    }

    test('of changes at once none is lost', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      await Promise.all(names.map((name) => stores.gatewayKeys.create('many', wanted(name), 'anna')));
      const keys = (await stores.gatewayKeys.read('many'))!.keys;
      expect(keys.map(({name}) => name).sort()).toEqual(names);
      expect(await facts('many')).toHaveLength(6);
    });

    test('usage is the sum over the gateways of a day, and old days can be swept', async () => {
      const counts = (requests: number, last: string): UsageCounts => ({
        family: 'c'.repeat(12),
        requests,
        refused: 1,
        promptTokens: 10 * requests,
        completionTokens: requests,
        cost: requests / 8,
        last,
      });
      const key = 'c'.repeat(12);
      const write = (gateway: string, day: string, usage: UsageCounts) =>
        stores.keyUsage.write({
          v: 1,
          project: 'used',
          day,
          gateway: gateway.repeat(12),
          at: `${day}T12:00:00Z`,
          keys: {[key]: usage},
        });
      await write('1', '2026-11-26', counts(1, '2026-11-26T08:00:00Z'));
      await write('1', '2026-11-26', counts(2, '2026-11-26T09:00:00Z'));
      await write('2', '2026-11-26', counts(4, '2026-11-26T07:00:00Z'));
      await write('2', '2026-11-25', counts(8, '2026-11-25T07:00:00Z'));
      const day = await stores.keyUsage.day('used', '2026-11-26');
      expect(day.get(key)).toEqual({...counts(6, '2026-11-26T09:00:00Z'), refused: 2});
      const others = await stores.keyUsage.day('used', '2026-11-26', {without: '2'.repeat(12)});
      expect(others.get(key)?.requests).toBe(2);
      expect(await stores.keyUsage.sweep('used', '2026-11-26')).toBe(1);
      expect((await stores.keyUsage.day('used', '2026-11-25')).size).toBe(0);
      expect((await stores.keyUsage.day('used', '2026-11-26')).size).toBe(1);
    });
  });
