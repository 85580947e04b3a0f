import {execFileSync} from 'node:child_process';
import {pathToFileURL} from 'node:url';
import path from 'node:path';
import {expect, test} from 'vitest';

const GIVE_BACK = pathToFileURL(path.resolve(import.meta.dirname, '../../stack/give-back.ts')).href;

/** Allocates 60 MB, lets go of it, and is idle, or at work, for a while; tells its heap in MB before and after that. */
function heaps({atWork = false, letGoMs = 0}): {readonly before: number; readonly after: number} {
  const program = `
    import {giveBackWhenIdle} from '${GIVE_BACK}';
    const heap = () => process.memoryUsage().heapTotal / 1e6;
    let much = Array.from({length: 30}, () => new Array(250_000).fill(0.5));
    giveBackWhenIdle(300);
    const letGo = () => { much = undefined; };
    if (${letGoMs} > 0) setTimeout(letGo, ${letGoMs});
    else letGo();
    const before = heap();
    const work = setInterval(() => { const end = Date.now() + 15; while (${atWork} && Date.now() < end); }, 20);
    setTimeout(() => {
      clearInterval(work);
      console.log(JSON.stringify({before, after: heap()}));
    }, 3_000);`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {encoding: 'utf8'}),
  ) as {before: number; after: number};
}

test('a process that only waits gives back what it no longer needs', () => {
  const {before, after} = heaps({});
  expect(before).toBeGreaterThan(60);
  expect(after).toBeLessThan(30);
});

test('what it held at the first look, and let go of later, too', () => {
  const {before, after} = heaps({letGoMs: 700});
  expect(before).toBeGreaterThan(60);
  expect(after).toBeLessThan(30);
});

test('one that is at work is left alone', () => {
  const {before, after} = heaps({atWork: true});
  expect(after).toBeGreaterThan(0.9 * before);
});
