import type {AddressInfo} from 'node:net';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {uiServer} from '../../ui/server.ts';
import {Browser, chromium} from './browser.ts';
import {hostileProject} from './hostile-texts.ts';
import {LOOPBACK} from './site.ts';

const file = chromium();
if (file === null) console.warn('no Chromium on PATH or in RATCHET_TEST_CHROMIUM: its tests are left out');

/** A project in which every text is a script, in a real browser: what would run, load or be refused is seen there. */
describe.skipIf(file === null)('in Chromium', () => {
  let hostile: Awaited<ReturnType<typeof hostileProject>>;
  let server: ReturnType<typeof uiServer>;
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    hostile = await hostileProject('post');
    server = uiServer({
      projects: new Map([['post', hostile.opened]]),
      own: LOOPBACK,
      onLink: () => undefined,
    });
    await server.app.listen({host: '127.0.0.1', port: 0});
    origin = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
    browser = await Browser.start(file!);
    await browser.openThrough(origin + server.signIn());
  });
  afterAll(async () => {
    await browser?.stop();
    await server?.app.close();
    await hostile?.test.remove();
  });

  const titles = () => browser.evaluate<string>('document.title');

  test('the link signs in and goes on to the projects; its cookie is none of the page’s business', async () => {
    expect(await titles()).toBe('Projects · Ratchet');
    expect(await browser.evaluate('document.cookie')).toBe('');
    expect(browser.complaints).toEqual([]);
  });

  test('every page loads without a script, a complaint, or a request to elsewhere; its style applies', async () => {
    const seen = new Set<string>();
    const waiting = ['/'];
    for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
      if (seen.has(url)) continue;
      seen.add(url);
      await browser.open(origin + url);
      const page = await browser.evaluate<{links: string[]; scripts: number; hit: string; font: string}>(`({
        links: [...document.links].map((link) => link.getAttribute('href')),
        scripts: document.scripts.length,
        hit: typeof hit,
        font: getComputedStyle(document.body).fontFamily,
      })`);
      expect({url, complaints: browser.complaints}).toEqual({url, complaints: []});
      expect(
        browser.requests.filter((one) => !one.startsWith(`${origin}/`) && !one.startsWith('data:')),
      ).toEqual([]);
      expect({url, scripts: page.scripts, hit: page.hit}).toEqual({url, scripts: 0, hit: 'undefined'});
      expect(page.font).toContain('system-ui');
      const own = page.links.filter(
        (link) => link.startsWith('/') && !/report\.html|hit/.test(decodeURIComponent(link)),
      );
      waiting.push(...own);
    }
    expect([...seen]).toContain('/post/approvals');
    expect(seen.size).toBeGreaterThan(15);
  });

  test('the stored report is shown; its script does not run, and its picture is not loaded', async () => {
    const url = `${origin}/post/releases/${hostile.release}/report.html`;
    await browser.open(url);
    expect(await titles()).toBe('Report');
    expect(await browser.evaluate('typeof hit')).toBe('undefined');
    expect(browser.complaints.some((one) => /Content Security Policy|sandbox/.test(one))).toBe(true);
    expect(browser.requests).toEqual([url]);
  });

  test('a click follows a link, and signing out ends the session', async () => {
    await browser.open(`${origin}/post`);
    await browser.follow(`document.querySelector('nav a[href="/post/runs"]').click()`);
    expect(await titles()).toBe('Runs · Ratchet');
    await browser.follow(`document.querySelector('form.out button').click()`);
    expect(await titles()).toBe('Sign in · Ratchet');
    await browser.open(`${origin}/post`);
    expect(await titles()).toBe('Sign in · Ratchet');
  });
});
