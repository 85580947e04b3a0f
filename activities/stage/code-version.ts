import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {readFile, readdir} from 'node:fs/promises';
import path from 'node:path';
import type {CachedStage} from '../../schemas/names.ts';
import {packageRoot} from '../../host/package-root.ts';

/** Where each cached stage's work begins, relative to the package's root. */
const ENTRY: Record<CachedStage, readonly string[]> = {
  curate: ['activities/curate/activities.ts'],
  train: ['activities/train/activities.ts'],
  sweep: ['activities/sweep/activities.ts', 'activities/train/activities.ts'],
  gauntlet: ['activities/gauntlet/activities.ts'],
  replay: ['schemas/replay.ts'],
};
/** Sources that the import graph does not show. */
const BESIDE: Partial<Record<CachedStage, readonly string[]>> = {
  train: ['trainer'],
  sweep: ['trainer'],
};

const versions = new Map<string, Promise<string>>();

/**
 * A stage's code version: sha256 over the paths and contents of all sources that its activity imports, directly or not,
 * and of what stands beside them. Type-only imports do not count; packages count by their line in package.json.
 */
export function codeVersion(stage: CachedStage, root: string = packageRoot()): Promise<string> {
  return once(`${root} ${stage}`, () => compute(ENTRY[stage], BESIDE[stage] ?? [], root));
}

/** A process runs the code that it has loaded, so it names the code as it was when it first looked. */
function once(name: string, read: () => Promise<string>): Promise<string> {
  const known = versions.get(name) ?? read();
  versions.set(name, known);
  return known;
}

/** Version of the input transform's code: part of a release, since it decides what the model sees. */
export function transformVersion(root: string = packageRoot()): Promise<string> {
  return once(`${root} transform`, () =>
    compute(['core/curation/transform.ts', 'core/prompts/render.ts'], [], root),
  );
}

async function compute(entries: readonly string[], beside: readonly string[], root: string): Promise<string> {
  const sources = new Set<string>();
  const packages = new Set<string>();
  for (const entry of entries) follow(path.join(root, entry), sources, packages);
  const hash = createHash('sha256');
  for (const file of [...sources].sort()) {
    hash.update(`${path.relative(root, file).split(path.sep).join('/')}\0`);
    hash.update(await readFile(file));
  }
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of [...packages].sort()) hash.update(`${name}@${manifest.dependencies?.[name] ?? ''}\0`);
  for (const folder of beside) {
    for (const file of await sourceFiles(path.join(root, folder))) {
      hash.update(`${path.relative(root, file).split(path.sep).join('/')}\0`);
      hash.update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

/** `import … from '…'`, `export … from '…'`, `import('…')`; not `import type`. */
const IMPORT =
  /^\s*(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function follow(file: string, sources: Set<string>, packages: Set<string>): void {
  if (sources.has(file)) return;
  sources.add(file);
  const text = readFileSync(file, 'utf8');
  for (const match of text.matchAll(IMPORT)) {
    const target = match[1] ?? match[2]!;
    if (target.startsWith('.')) follow(path.resolve(path.dirname(file), target), sources, packages);
    else if (!target.startsWith('node:')) {
      packages.add(
        target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
  }
}

async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  return entries
    .filter((e) => e.isFile() && /\.(py|txt|toml)$/.test(e.name) && !e.parentPath.includes('tests'))
    .map((e) => path.join(e.parentPath, e.name))
    .sort();
}
