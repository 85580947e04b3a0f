import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {Checkpoints} from '../../../activities/train/checkpoints.ts';
import {openStores} from '../../../stores/stores.ts';

let root: string;
let checkpoints: Checkpoints;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'ratchet-checkpoints-'));
  checkpoints = new Checkpoints(await openStores(pathToFileURL(path.join(root, 'store')).href), 'p', 'k');
});
afterAll(async () => rm(root, {recursive: true, force: true}));

async function saved(step: number, files: readonly string[], written = files): Promise<string> {
  const folder = path.join(root, `step-${step}`);
  await mkdir(folder);
  for (const name of written) await writeFile(path.join(folder, name), `${name} ${step}`);
  const manifest = {step, files: Object.fromEntries(files.map((name) => [name, '0'.repeat(64)]))};
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

it('a checkpoint that the trainer drops while it is read is not stored, and no failure', async () => {
  expect(await checkpoints.upload(await saved(3, ['weights', 'progress.json']))).toBe(true);
  expect(await checkpoints.lastStep()).toBe(3);
  // Its manifest was read; then its files went one after the other.
  expect(await checkpoints.upload(await saved(6, ['weights', 'progress.json'], ['weights']))).toBe(false);
  expect(await checkpoints.upload(path.join(root, 'step-9'))).toBe(false);
  expect(await checkpoints.lastStep()).toBe(3);
});

it('a checkpoint that cannot be read for another reason is a failure', async () => {
  const folder = await saved(12, ['weights'], []);
  await mkdir(path.join(folder, 'weights'));
  await expect(checkpoints.upload(folder)).rejects.toThrow('weights');
});
