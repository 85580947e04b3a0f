import {existsSync, readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {sidebarOf} from '../../scripts/site/.vitepress/sidebar.js';
import {anchorsOf, linksOf} from './markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
/** Taken by hand from a real run, not part of a checkout that was just written. */
const PICTURES = new Set(['docs/images/temporal-ui.png', 'docs/images/report.png']);

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'trainer/README.md',
  ...readdirSync(path.join(ROOT, 'docs'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
  ...readdirSync(path.join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`),
].filter((page) => existsSync(path.join(ROOT, page)));

describe('links', () => {
  test.each(pages)('%s: what it points to is there', (page) => {
    const text = readFileSync(path.join(ROOT, page), 'utf8');
    const broken = linksOf(text).flatMap((link) => {
      if (/^(https?:|mailto:)/.test(link)) return [];
      const [file, anchor] = link.split('#') as [string, string | undefined];
      const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      if (PICTURES.has(target)) return [];
      if (!existsSync(path.join(ROOT, target))) return [`${link}: there is no ${target}`];
      if (anchor === undefined) return [];
      const there = anchorsOf(readFileSync(path.join(ROOT, target), 'utf8'));
      return there.includes(anchor) ? [] : [`${link}: ${target} has no heading #${anchor}`];
    });
    expect(broken).toEqual([]);
  });

  test('every page of docs/ is reached from the README, by way of the list of all pages', () => {
    const linked = (page: string): string[] =>
      linksOf(readFileSync(path.join(ROOT, page), 'utf8')).map((link) =>
        path.posix.join(path.posix.dirname(page), link.split('#')[0]!),
      );
    expect(linked('README.md')).toContain('docs/README.md');
    const listed = new Set([
      'docs/README.md',
      ...linked('docs/README.md'),
      // Which lists the rooms of the core.
      ...linked('docs/reference/core.md'),
    ]);
    expect(pages.filter((page) => page.startsWith('docs/') && !listed.has(page))).toEqual([]);
  });
});

test('the site groups the pages as docs/README.md does', () => {
  const groups = sidebarOf(readFileSync(path.join(ROOT, 'docs/README.md'), 'utf8'));
  expect(groups.map(({text}) => text)).toEqual([
    'Start',
    'Tutorials',
    'Build',
    'Operate',
    'Reference',
    'Extend',
  ]);
  const links = groups.flatMap(({items}) => items.map(({link}) => link));
  expect(links).toContain('/docs/getting-started');
  expect(links).toContain('/CONTRIBUTING');
  expect(links).toContain('/trainer/');
  expect(links.length).toBeGreaterThan(30);
});

describe('reading Markdown', () => {
  test('links and pictures, not what stands in code', () => {
    const text =
      'See [a](x.md#y) and ![p](i.png).\n```\n[no](no.md)\n```\nNor `[no](no.md)`.\n\n[ref]: z.md\n';
    expect(linksOf(text)).toEqual(['x.md#y', 'i.png', 'z.md']);
  });

  test('anchors as GitHub makes them', () => {
    const text = '# The four tests\n## `ratchet run`, in *short*\n## Same\n## Same\n```\n# no\n```\n';
    expect(anchorsOf(text)).toEqual(['the-four-tests', 'ratchet-run-in-short', 'same', 'same-1']);
  });
});
