/**
 * Called as `node killed-worker.ts ROOT PYTHON CALL NAME`: a worker that starts the training `job` in ROOT and is killed, by
 * SIGKILL, instead of its first CALL (a function of node:fs/promises) about a file of the job that matches NAME.
 */
import fs from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import {basename} from 'node:path';

const [root, python, call, name] = process.argv.slice(2) as [
  string,
  string,
  'link' | 'rename' | 'writeFile',
  string,
];
const real = fs[call] as (...args: unknown[]) => Promise<unknown>;
Object.assign(fs, {
  [call]: (...args: unknown[]) => {
    // Of link(2) and rename(2) the second is the new one.
    const file = basename(String(args[call === 'writeFile' ? 0 : 1]));
    if (new RegExp(name).test(file)) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  },
});
syncBuiltinESMExports();

const {LocalProcess} = await import('../../../activities/train/local-process.ts');
const {spec} = await import('./fake-spec.ts');
await new LocalProcess({root, python, trainer: root}).start('job', spec(root));
