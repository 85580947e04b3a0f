/**
 * Records a command in a real terminal and draws it: `node scripts/recording/main.ts OUT.svg COMMAND…`, or draws a
 * recording that there is: `node scripts/recording/main.ts OUT.svg --cast FILE.cast`. Needs script of util-linux.
 */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {castText, parseCast, within, type Cast} from './cast.ts';
import {castSvg} from './svg.ts';

const SIZE = {width: 100, height: 26};
/** Seconds that the picture plays; a run takes minutes, a reader does not. */
const PLAYS = 40;

const [out, ...rest] = process.argv.slice(2);
if (out === undefined || rest.length === 0) {
  console.error('usage: node scripts/recording/main.ts OUT.svg COMMAND… | OUT.svg --cast FILE.cast');
  process.exit(2);
}
const cast = rest[0] === '--cast' ? parseCast(readFileSync(rest[1]!, 'utf8')) : record(rest.join(' '));
if (rest[0] !== '--cast') writeFileSync(out.replace(/\.svg$/, '.cast'), castText(cast));
const title = rest[0] === '--cast' ? path.basename(rest[1]!, '.cast') : rest.join(' ');
const svg = castSvg(within(cast, PLAYS), {rate: 2, rest: 6, title});
writeFileSync(out, svg);
console.error(`${out}: ${Math.round(svg.length / 1024)} kB`);

/** What the command writes to a terminal, and when, behind a prompt that shows it. */
function record(command: string): Cast {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-recording-'));
  const [output, timing] = ['output', 'timing'].map((name) => path.join(folder, name)) as [string, string];
  const {width, height} = SIZE;
  const {status} = spawnSync(
    'script',
    ['-qefc', `stty cols ${width} rows ${height}; ${command}`, '--log-out', output, '--log-timing', timing],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {...process.env, TERM: 'xterm-256color', FORCE_COLOR: '1'},
    },
  );
  if (status !== 0) console.error(`the command ended with ${status}`);
  // The first line of the output is script's own.
  const bytes = readFileSync(output);
  let from = bytes.indexOf(0x0a) + 1;
  let at = 1;
  const decoder = new TextDecoder();
  const events: (readonly [number, string])[] = [[0, `\x1b[32m$\x1b[0m ${command}\r\n`]];
  for (const line of readFileSync(timing, 'utf8').trim().split('\n')) {
    const [delay, count] = line.split(' ').map(Number) as [number, number];
    at += delay;
    const text = decoder.decode(bytes.subarray(from, (from += count)), {stream: true});
    // A recording names no folder of the machine.
    events.push([at, text.replaceAll(`${process.cwd()}/`, '')]);
  }
  return {...SIZE, events};
}
