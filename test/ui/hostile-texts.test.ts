import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {crawl, type Seen} from './crawl.ts';
import {hostileProject, PLACES} from './hostile-texts.ts';
import {configOf, read, Visitor} from './site.ts';
import type {TestProject} from './site.ts';

/** No schema lets a project be called so; its pages must not rely on that. */
const NAME = '"><script>hit(1)</script>';
let project: TestProject;
let seen: Seen;

beforeAll(async () => {
  const {test: made, opened} = await hostileProject(NAME);
  project = made;
  const away = {
    ...opened,
    config: configOf('away'),
    temporal: () => Promise.reject(new Error('<script>hit("temporal.error")</script>')),
  };
  const browser = await new Visitor({[NAME]: opened, away}).enter();
  seen = await crawl(browser);
});
afterAll(() => project.remove());

const pages = () => [...seen].filter(([url]) => !url.includes('report.html'));

describe('a project in which every text is a script', () => {
  test.for(PLACES)('%s is shown, as text', (where) => {
    const shown = pages().filter(([, {text}]) => text.includes(`hit("${where}")`));
    expect(shown.map(([url]) => url)).not.toEqual([]);
  });

  test('the reason why Temporal is away is shown, as text', async () => {
    const texts = pages().map(([, {text}]) => text);
    expect(texts.filter((text) => text.includes('hit("temporal.error")'))).not.toEqual([]);
  });

  test('has no element and no attribute on its pages but those that the pages have themselves', () => {
    const elements = new Set<string>();
    const attributes = new Set<string>();
    for (const [, page] of pages())
      for (const {name, attributes: own} of page.elements) {
        elements.add(name);
        for (const attribute of Object.keys(own)) attributes.add(attribute);
      }
    for (const one of ['script', 'img', 'style', 'object', 'embed', 'svg'])
      expect(elements).not.toContain(one);
    const unknown = [...attributes].filter((one) => !KNOWN.has(one));
    expect(unknown).toEqual([]);
  });

  test('has no link that runs something', () => {
    const links = pages().flatMap(([, page]) => page.links);
    expect(links.filter((link) => !/^(\/|#main$|data:,$|https:\/\/example\.com\/$)/.test(link))).toEqual([]);
  });

  test('every page is there, whatever the project is called', () => {
    const broken = pages().filter(([, {status}]) => status !== 200);
    // A trace names what it is a shadow of, and an approval its run: neither is there.
    expect(
      broken.map(([url]) => decodeURIComponent(url)).filter((url) => !/\/(traces|runs)\/.*hit\(/.test(url)),
    ).toEqual([]);
  });

  test('the stored report, which is one too, comes with a policy that runs and loads nothing', () => {
    const reports = [...seen].filter(([url, {status}]) => url.includes('report.html') && status === 200);
    expect(reports.some(([, {body}]) => read(body).elements.some(({name}) => name === 'script'))).toBe(true);
    for (const [, {headers}] of reports)
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
      );
  });
});

const KNOWN = new Set([
  'lang',
  'charset',
  'name',
  'content',
  'http-equiv',
  'rel',
  'href',
  'class',
  'id',
  'aria-label',
  'aria-current',
  'method',
  'action',
  'scope',
  'role',
  'tabindex',
  'max',
  'value',
  'src',
  'title',
  'sandbox',
]);
