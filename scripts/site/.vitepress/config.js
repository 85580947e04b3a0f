// @ts-check
import {readSidebar} from './sidebar.js';

/** @typedef {{type: string, nesting: number, content: string, children: Token[] | null, attrGet: (name: string) => string | null, attrSet: (name: string, value: string) => void}} Token a markdown-it token */

const PAGES = new URL('../../../docs/README.md', import.meta.url);

/** The site is the repository's own Markdown: links work on a code host as they do here. */
export default {
  title: 'Ratchet',
  description: 'Durable LLMOps on Temporal',
  base: process.env['DOCS_BASE'] ?? '/',
  srcDir: 'pages',
  outDir: 'dist',
  rewrites: {'README.md': 'index.md', ':path(.*)/README.md': ':path/index.md'},
  // No browser need ask for an icon that is not there.
  head: [['link', {rel: 'icon', href: 'data:,'}]],
  lastUpdated: false,
  markdown: {
    /** @param {{renderer: {rules: Record<string, (tokens: Token[], i: number) => string>}, core: {ruler: {push: (name: string, rule: (state: {tokens: Token[]}) => void) => void}}}} md */
    config(md) {
      // Vue would take {{…}} of a template for its own.
      md.renderer.rules.code_inline = ([...tokens], i) =>
        `<code v-pre>${escaped(tokens[i]?.content ?? '')}</code>`;
      md.core.ruler.push('links', ({tokens}) => tokens.forEach(asOnTheSite));
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // Names of the library come after the pages that explain.
            boostDocument: (/** @type {string} */ id) => (id.includes('/reference/') ? 0.2 : 1),
          },
        },
      },
    },
    nav: [
      {text: 'Start', link: '/docs/getting-started'},
      {text: 'Build', link: '/docs/settings'},
      {text: 'Operate', link: '/docs/oncall'},
      {text: 'Extend', link: '/docs/architecture'},
    ],
    sidebar: readSidebar(PAGES),
    outline: [2, 3],
  },
};

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What is no page of the site: named in the text, but not a link there. */
const FILES = /^(?!https?:|mailto:|#)(?!.*\.md(#|$)).+/;

/**
 * README.md is a folder's index on the site; a link to a file that is no page becomes its text.
 * @param {Token} token
 */
function asOnTheSite(token) {
  let dropped = false;
  for (const child of token.children ?? []) {
    if (child.type === 'link_close' && dropped) {
      child.type = 'text';
      child.nesting = 0;
      child.content = '';
      dropped = false;
    }
    if (child.type !== 'link_open') continue;
    const href = child.attrGet('href') ?? '';
    if (FILES.test(href)) {
      child.type = 'text';
      child.nesting = 0;
      child.content = '';
      dropped = true;
    } else child.attrSet('href', href.replace(/README\.md(?=#|$)/, 'index.md'));
  }
}
