import {execFile} from 'node:child_process';
import {mkdtemp, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {RunsClient} from '../../client/runs.ts';
import {attended, cameTo} from './attended.ts';
import {endOf} from './end-of-run.ts';
import {inTheMiddle} from './moments.ts';
import {begin, Inconclusive, onScene, type CaseRun, type Scene} from './scene.ts';

const run = promisify(execFile);
/** What a whole run stores fits in here several times. */
const SIZE = '256m';
const LOOK_MS = 100;
const MIB = 1 << 20;

/**
 * The store's disk is filled to its last byte in the middle of the training: the run must fail with one line that says so.
 * Then there is space again, and the same run is begun anew: it must come to what an undisturbed one comes to. Inconclusive
 * where no tmpfs can be mounted.
 */
export async function fullDiskRun(): Promise<CaseRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-full-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]).catch((error: Error) => {
      throw new Inconclusive(`no tmpfs can be mounted here: ${error.message.trim().split('\n').at(-1)}`);
    });
    try {
      const env = {RATCHET_STORE: pathToFileURL(path.join(folder, 'store')).href};
      return await onScene((scene) => filledUp(scene, path.join(folder, 'ballast')), {env});
    } finally {
      await run('umount', ['-l', folder]);
    }
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

async function filledUp(scene: Scene, ballast: string): Promise<CaseRun> {
  const first = await begin(scene);
  const time = Date.now();
  const at = await middleOfTraining(scene, first);
  if (at !== null) await fill(ballast);
  const failure = await endOf(scene.client, first);
  await rm(ballast, {force: true});
  const blow = {
    what: 'disk',
    at: at ?? 'never',
    time,
    until: Date.now(),
    back: null,
    resumed: null,
  };
  const again = {...scene, began: Date.now()};
  const came = await cameTo(again, await attended(scene, await begin(scene)), at === null ? [] : [blow]);
  const wrong = /no space left.*free some/.test(failure)
    ? []
    : [`the run with a full disk ended with: ${failure}`];
  return {...came, wrong: [...came.wrong, ...wrong], told: failure};
}

async function middleOfTraining({client}: Scene, first: string): Promise<string | null> {
  for await (const view of new RunsClient({client}).follow(first, {everyMs: LOOK_MS})) {
    const at = inTheMiddle(view, 'train');
    if (at !== null) return at;
  }
  return null;
}

/** Writes until nothing more can be written. */
async function fill(file: string): Promise<void> {
  const ballast = await open(file, 'w');
  try {
    for (let block = Buffer.alloc(MIB); block.length > 0;)
      try {
        await ballast.write(block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        block = block.subarray(0, Math.floor(block.length / 2));
      }
  } finally {
    await ballast.close();
  }
}
