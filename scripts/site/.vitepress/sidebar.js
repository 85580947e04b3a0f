// @ts-check
import {readFileSync} from 'node:fs';

/** @typedef {{text: string, items: {text: string, link: string}[]}} Group */

/**
 * The sidebar, as docs/README.md groups the pages: one group a heading, one item a list line.
 * @param {string} markdown
 * @returns {Group[]}
 */
export function sidebarOf(markdown) {
  /** @type {Group[]} */
  const groups = [];
  for (const line of markdown.split('\n')) {
    const heading = /^## (.+)$/.exec(line);
    if (heading) groups.push({text: heading[1] ?? '', items: []});
    const item = /^- \[([^\]]+)\]\(([^)]+)\)/.exec(line);
    if (item) groups.at(-1)?.items.push({text: item[1] ?? '', link: linkOf(item[2] ?? '')});
  }
  return groups;
}

/** @param {URL} page */
export const readSidebar = (page) => sidebarOf(readFileSync(page, 'utf8'));

/** @param {string} target as docs/README.md writes it */
function linkOf(target) {
  return new URL(target, 'file:///docs/').pathname.replace(/README\.md$/, '').replace(/\.md$/, '');
}
