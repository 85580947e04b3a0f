// @ts-check
/** Copies the repository's pages and pictures into pages/: a site's pages must lie where its packages are. */
import {cpSync, readdirSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const SITE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(SITE, '..', '..');
const PAGES = join(SITE, 'pages');

rmSync(PAGES, {recursive: true, force: true});
for (const name of [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'trainer/README.md',
  'docs',
  ...examples(),
])
  cpSync(join(ROOT, name), join(PAGES, name), {recursive: true});
cpSync(join(ROOT, 'docs', 'openapi.json'), join(PAGES, 'public', 'docs', 'openapi.json'));

function examples() {
  return readdirSync(join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`);
}
