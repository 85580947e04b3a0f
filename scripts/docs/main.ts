/** Writes the pages of docs/ that are generated: `node scripts/docs/main.ts`; with --check it only says which are stale. */
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {generatedPages} from './pages.ts';

let stale = 0;
for (const {file, text} of await generatedPages()) {
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${file} is stale: run node scripts/docs/main.ts`);
  else {
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, text);
    console.error(`${file} written`);
  }
}
if (process.argv.includes('--check') && stale > 0) process.exitCode = 1;
