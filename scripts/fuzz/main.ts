import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {DeadlineThreads} from '../../threads/deadline-threads.ts';
import {table} from '../../cli/output.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {grow, type Finding} from './measure.ts';
import {knownShapes, randomShapes} from './shapes.ts';
import {SURFACES} from './surfaces.ts';

const USAGE = `usage: npm run fuzz [-- OPTIONS]
  Everything that reads what somebody else wrote, over texts that are made to be slow, at rising lengths: time must grow as the
  length does. Ends with 1 where it does not, or a character takes too long.
  --seed TEXT      of the shapes that are drawn (1)
  --shapes N       how many are drawn, in addition to the known ones (100)
  --lengths N,N    characters, rising (10000,40000,160000)
  --surface TEXT   only surfaces whose name holds this
  --json FILE      the result for machines`;
/** A run that takes longer is ended. */
const RUN_MS = 30_000;
/** Lines of the table, where nothing is wrong. */
const SHOWN = 25;

const {values} = parseArgs({
  options: {
    seed: {type: 'string', default: '1'},
    shapes: {type: 'string', default: '100'},
    lengths: {type: 'string', default: '10000,40000,160000'},
    surface: {type: 'string', default: ''},
    json: {type: 'string'},
    help: {type: 'boolean', default: false},
  },
});
const lengths = values.lengths.split(',').map(Number);
const count = Number(values.shapes);
const rising = lengths.every((length, i) => Number.isInteger(length) && length > (lengths[i - 1] ?? 0));
const {model} = resolveEnvironment();
const surfaces = [...Object.keys(SURFACES), ...(model === undefined ? [] : ['a prompt'])].filter((name) =>
  name.includes(values.surface),
);
const unfit = !rising
  ? `--lengths: expected rising whole numbers, got "${values.lengths}"`
  : !Number.isInteger(count) || count < 0
    ? `--shapes: expected a whole number, got "${values.shapes}"`
    : surfaces.length === 0
      ? `--surface: no surface holds "${values.surface}": ${Object.keys(SURFACES).join(', ')}`
      : undefined;
if (values.help || unfit !== undefined) {
  process.stderr.write(`${unfit === undefined ? '' : `fuzz: ${unfit}\n`}${USAGE}\n`);
  process.exit(values.help ? 0 : 2);
}

const threads = new DeadlineThreads({
  file: new URL('./fuzz-thread.ts', import.meta.url),
  data: {model},
  most: 1,
  deadlineMs: RUN_MS,
  patienceMs: 10 * RUN_MS,
  waiting: 1,
  waitingOfALane: 1,
  idleMs: RUN_MS,
  memoryMb: 2048,
});
const findings: Finding[] = [];
const shapes = [...knownShapes(), ...randomShapes(count, values.seed)];
for (const surface of surfaces) {
  process.stderr.write(`${surface}\n`);
  for (const shape of shapes) {
    const found = await grow((run) => threads.run<number>(run, ''), surface, shape, lengths);
    findings.push(found);
    if (found.fault !== null) process.stderr.write(`  ${shape.name}: ${found.fault}\n`);
  }
}
await threads.close();

const faults = findings.filter(({fault}) => fault !== null);
const slowest = findings.filter(({fault}) => fault === null).sort((a, b) => b.perCharacter - a.perCharacter);
process.stdout.write(
  `${table(
    ['surface', 'shape', ...lengths.map((length) => `ms at ${length}`), 'µs/char', 'fault'],
    [...faults, ...slowest.slice(0, SHOWN)].map(({surface, shape, times, perCharacter, fault}) => [
      surface,
      shape,
      ...lengths.map((_, i) => times[i]?.toFixed(0) ?? ''),
      perCharacter.toFixed(1),
      fault ?? '',
    ]),
    'nothing was measured',
  )}\n${findings.length} surfaces × shapes, ${faults.length} at fault\n`,
);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(findings, null, 1)}\n`);
if (faults.length > 0) process.exitCode = 1;
