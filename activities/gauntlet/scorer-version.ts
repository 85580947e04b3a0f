import {createHash} from 'node:crypto';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {packageRoot} from '../../host/package-root.ts';

/** What decides a sample's content beside release and item: how it is rendered, asked, probed and scored. */
const SOURCES = [
  'activities/gauntlet/ask-item.ts',
  'core/evaluation/metrics',
  'core/evaluation/probes',
  'core/evaluation/scoring',
  'core/prompts',
  'core/curation/pii',
  'serving/clients/inference',
];

let version: Promise<string> | undefined;

/** sha256 over these sources: samples scored by other code are not found again. */
export function scorerVersion(): Promise<string> {
  return (version ??= compute(packageRoot()));
}

async function compute(root: string): Promise<string> {
  const files: string[] = [];
  for (const source of SOURCES) {
    if (source.endsWith('.ts')) files.push(source);
    else {
      const names = await readdir(path.join(root, source));
      files.push(...names.filter((name) => name.endsWith('.ts')).map((name) => `${source}/${name}`));
    }
  }
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(path.join(root, file)));
  return hash.digest('hex');
}
