import {afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import type {IssuedKey, NewKey} from '../../stores/access/gateway-keys.ts';
import {storesOver, type Stores} from '../../stores/stores.ts';
import {MemoryStore} from '../stores/memory-store.ts';
import {configOf, readOnly, Visitor} from './site.ts';

const HOUR = 3_600_000;
let stores: Record<'open' | 'shop' | 'bank', Stores>;
let keys: Record<'shop' | 'bank' | 'chat', IssuedKey>;

beforeAll(async () => {
  stores = {open: empty(), shop: empty(), bank: empty()};
  const wanted = (name: string, scope: 'read' | 'chat' | 'admin'): NewKey => ({
    name,
    scopes: [scope],
    expires: null,
    rate: null,
    budget: null,
  });
  keys = {
    shop: await stores.shop.gatewayKeys.create('shop', wanted('ui', 'read'), 'anna'),
    chat: await stores.shop.gatewayKeys.create('shop', wanted('app', 'chat'), 'anna'),
    bank: await stores.bank.gatewayKeys.create('bank', wanted('ui', 'admin'), 'anna'),
  };
});
afterEach(() => void vi.useRealTimers());

function empty(): Stores {
  return storesOver(new MemoryStore());
}

/** A server of three projects: one without a key, and two that have some. */
function visitor(): Visitor {
  const temporal = () => Promise.reject(new Error('no Temporal here'));
  const all = Object.entries(stores).map(([name, of]) => {
    return [
      name,
      {config: configOf(name), folder: '/', command: 'ratchet', stores: readOnly(of), temporal},
    ] as const;
  });
  return new Visitor(Object.fromEntries(all));
}

describe('without a session', () => {
  test.for(['/', '/open', '/open/runs', '/open/audit', '/nothing'])('%s asks to sign in', async (url) => {
    const {status, text, setCookie} = await visitor().get(url);
    expect({status, setCookie}).toEqual({status: 401, setCookie: null});
    expect(text).toContain('Gateway key');
    expect(text).not.toContain('Sign out');
  });

  test('every answer forbids scripts, frames and requests to elsewhere, and is kept nowhere', async () => {
    const browser = visitor();
    for (const url of ['/', '/-/styles.css', '/-/sign-in', '/open', '/%zz', '/a/b/c/d/e']) {
      const {headers} = await browser.get(url);
      expect(headers['content-security-policy'], url).toBe(
        "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    }
  });

  test('a foreign name or page is refused before anything else', async () => {
    const browser = visitor();
    for (const [name, value] of [
      ['host', 'evil.example.com'],
      ['origin', 'https://evil.example.com'],
    ] as const) {
      const {status, setCookie} = await browser.get(browser.signIn(), {[name]: value});
      expect({status, setCookie}).toEqual({status: 403, setCookie: null});
    }
    expect((await browser.get(browser.signIn())).status).toBe(200);
  });

  test.for(['PUT', 'DELETE', 'PATCH', 'POST'] as const)(
    '%s changes nothing: there is no such route',
    async (method) => {
      const browser = await visitor().enter();
      const {statusCode} = await browser.app.inject({
        method,
        url: '/open',
        headers: {cookie: browser.cookie},
      });
      expect(statusCode).toBe(404);
    },
  );
});

describe('the link', () => {
  test('lets one browser in, by a cookie that scripts and other sites cannot use; the command prints another', async () => {
    const browser = visitor();
    const link = browser.signIn();
    const {setCookie, elements} = await browser.get(link);
    expect(setCookie).toMatch(/^ratchet-ui-0=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(elements).toContainEqual({
      name: 'meta',
      attributes: {'http-equiv': 'refresh', content: '0;url=/'},
    });
    expect((await browser.get('/open')).status).toBe(200);
    expect(browser.links).toEqual([browser.signIn()]);

    browser.cookie = '';
    const again = await browser.get(link);
    expect({status: again.status, setCookie: again.setCookie}).toEqual({status: 401, setCookie: null});
    expect(again.text).toContain('was used');
    expect(browser.links).toHaveLength(1);
    expect((await browser.get(browser.links[0]!)).status).toBe(200);
  });

  test('behind a proxy with TLS, the cookie goes through TLS alone', async () => {
    const browser = visitor();
    const {setCookie} = await browser.get(browser.signIn(), {'x-forwarded-proto': 'https'});
    expect(setCookie).toMatch(/; Secure$/);
  });

  test('shows which projects need a key, and not what is in them', async () => {
    const browser = await visitor().enter();
    const {text} = await browser.get('/');
    expect(text).toContain('shop – – – It has gateway keys');
    const {status, text: locked} = await browser.get('/shop/runs');
    expect(status).toBe(403);
    expect(locked).toContain('shop has gateway keys: enter one of scope read or admin');
  });

  test('a session ends by signing out, after 12 idle hours, and after 7 days', async () => {
    vi.useFakeTimers({toFake: ['Date'], now: Date.parse('2002-12-03T12:00:00Z')});
    const ended = await visitor().enter();
    const {cookie} = ended;
    const out = await ended.post('/-/sign-out');
    expect({status: out.status, to: out.headers['location']}).toEqual({status: 303, to: '/-/sign-in'});
    expect(out.setCookie).toContain('Max-Age=0');
    ended.cookie = cookie;
    expect((await ended.get('/open')).status).toBe(401);

    const idle = await visitor().enter();
    vi.setSystemTime(Date.now() + 12 * HOUR);
    expect((await idle.get('/open')).status).toBe(200);
    vi.setSystemTime(Date.now() + 12 * HOUR + 1);
    expect((await idle.get('/open')).status).toBe(401);

    const busy = await visitor().enter();
    const statuses = [];
    for (let hours = 0; hours <= 7 * 24; hours += 8) {
      statuses.push((await busy.get('/open')).status);
      vi.setSystemTime(Date.now() + 8 * HOUR);
    }
    expect(statuses).toEqual(Array<number>(22).fill(200));
    expect((await busy.get('/open')).status).toBe(401);
  });
});

describe('a gateway key', () => {
  test('of scope read opens its project, and no other', async () => {
    const browser = visitor();
    const {status, headers, setCookie} = await browser.post('/-/sign-in', {key: keys.shop.token});
    expect({status, to: headers['location']}).toEqual({status: 303, to: '/'});
    expect(setCookie).toContain('HttpOnly; SameSite=Strict');
    expect((await browser.get('/shop')).status).toBe(200);
    expect((await browser.get('/bank')).status).toBe(403);
    expect((await browser.get('/open')).status).toBe(403);
    const {text} = await browser.get('/');
    expect(text).toContain('shop');
    expect(text).not.toContain('bank');
  });

  test('is added to what the browser may see already, under a new cookie', async () => {
    const browser = await visitor().enter();
    const before = browser.cookie;
    await browser.post('/-/sign-in', {key: keys.bank.token});
    expect(browser.cookie).not.toBe(before);
    for (const name of ['open', 'bank']) expect((await browser.get(`/${name}`)).status).toBe(200);
    browser.cookie = before;
    expect((await browser.get('/open')).status).toBe(401);
  });

  test.for<[string, () => string]>([
    ['of scope chat alone', () => keys.chat.token],
    ['that nobody made', () => `rk_${'A'.repeat(43)}`],
    ['that is no token', () => '<script>'],
    ['that is empty', () => ''],
  ])('%s opens nothing', async ([, token]) => {
    const {status, text, setCookie} = await visitor().post('/-/sign-in', {key: token()});
    expect({status, setCookie}).toEqual({status: 401, setCookie: null});
    expect(text).toContain('No project of this server has that key');
  });

  test('that was revoked is out within three seconds', async () => {
    vi.useFakeTimers({toFake: ['Date'], now: Date.now()});
    const wanted = {name: 'short', scopes: ['read' as const], expires: null, rate: null, budget: null};
    const {key, token} = await stores.shop.gatewayKeys.create('shop', wanted, 'anna');
    const browser = visitor();
    await browser.post('/-/sign-in', {key: token});
    expect((await browser.get('/shop')).status).toBe(200);
    await stores.shop.gatewayKeys.revoke('shop', key.id, 'anna');
    vi.setSystemTime(Date.now() + 3000);
    expect((await browser.get('/shop')).status).toBe(403);
  });

  test('is asked for even where the link was used, once the project has one', async () => {
    vi.useFakeTimers({toFake: ['Date'], now: Date.now()});
    stores.open = empty();
    const browser = await visitor().enter();
    expect((await browser.get('/open')).status).toBe(200);
    const wanted = {name: 'first', scopes: ['read' as const], expires: null, rate: null, budget: null};
    await stores.open.gatewayKeys.create('open', wanted, 'anna');
    vi.setSystemTime(Date.now() + 3000);
    expect((await browser.get('/open')).status).toBe(403);
    stores.open = empty();
  });

  test('a form of another site signs nobody in', async () => {
    const {status, setCookie} = await visitor().post(
      '/-/sign-in',
      {key: keys.shop.token},
      {origin: 'https://evil.example.com'},
    );
    expect({status, setCookie}).toEqual({status: 403, setCookie: null});
  });

  test('a form of more than four kilobytes is not read', async () => {
    const {status} = await visitor().post('/-/sign-in', {key: 'x'.repeat(5000)});
    expect(status).toBe(413);
  });
});
