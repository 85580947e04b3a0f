import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {GatewayKeys, type NewKey} from '../../../stores/access/gateway-keys.ts';
import {MemoryStore} from '../memory-store.ts';

const HOUR = 3_600_000;
const wanted = (name: string, more: Partial<NewKey> = {}): NewKey => ({
  name,
  scopes: ['chat'],
  expires: null,
  rate: null,
  budget: null,
  ...more,
});

describe('a key ends in the millisecond that it names', () => {
  const START = Date.UTC(2026, 10, 26);
  let keys: GatewayKeys;
  beforeEach(() => {
    vi.useFakeTimers({now: START, toFake: ['Date']});
    keys = new GatewayKeys(new MemoryStore());
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const expires = new Date(START + HOUR).toISOString();
  const names = async () => (await keys.read('shop'))!.keys.map(({name}) => name);

  test.each([
    ['before', -1, ['app']],
    ['from then on', 0, []],
  ])('%s there is something to revoke, or no more', async (_, later, expected) => {
    await keys.create('shop', wanted('app', {expires}), 'anna');
    vi.setSystemTime(START + HOUR + later);
    const ended = await keys.revoke('shop', 'app', 'ben');
    expect(ended.map(({name}) => name)).toEqual(expected);
    expect((await keys.read('shop'))!.keys.map(({revoked}) => revoked?.by)).toEqual([expected[0] && 'ben']);
  });

  test.each([
    ['is taken until then', -1, false],
    ['is free from then on', 0, true],
  ])('its name %s', async (_, later, free) => {
    await keys.create('shop', wanted('app', {expires}), 'anna');
    vi.setSystemTime(START + HOUR + later);
    const second = keys.create('shop', wanted('app'), 'ben').then(
      () => true,
      () => false,
    );
    expect(await second).toBe(free);
  });

  test('with a replaced key what is left of its overlap is revoked, too, and no longer', async () => {
    await keys.create('shop', wanted('app'), 'anna');
    await keys.rotate('shop', 'app', {overlapMs: HOUR, by: 'anna'});
    vi.setSystemTime(START + HOUR);
    expect(await keys.revoke('shop', 'app', 'ben')).toMatchObject([{replaced: null}]);
  });

  test('a rotation’s key lives as long from then on, to the millisecond', async () => {
    await keys.create('shop', wanted('app', {expires}), 'anna');
    vi.setSystemTime(START + 1);
    const {key, former} = await keys.rotate('shop', 'app', {overlapMs: 1000, by: 'anna'});
    expect(Date.parse(key.expires!)).toBe(START + 1 + HOUR);
    expect(Date.parse(former.replaced!.until)).toBe(START + 1001);
  });

  test.each([
    ['is listed for ninety days', -1, ['app', 'other', 'new']],
    ['is gone with the next change behind those', 0, ['other', 'new']],
  ])('and %s', async (_, later, expected) => {
    await keys.create('shop', wanted('app', {expires}), 'anna');
    await keys.create('shop', wanted('other'), 'anna');
    vi.setSystemTime(START + HOUR + 90 * 24 * HOUR + later);
    await keys.create('shop', wanted('new'), 'anna');
    expect(await names()).toEqual(expected);
  });

  test('one that was revoked counts from then', async () => {
    await keys.create('shop', wanted('app'), 'anna');
    await keys.revoke('shop', 'app', 'anna');
    vi.setSystemTime(START + 90 * 24 * HOUR - 1);
    await keys.create('shop', wanted('new'), 'anna');
    expect(await names()).toEqual(['app', 'new']);
    vi.setSystemTime(START + 90 * 24 * HOUR);
    await keys.create('shop', wanted('newer'), 'anna');
    expect(await names()).toEqual(['new', 'newer']);
  });
});
