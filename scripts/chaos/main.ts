import {cpus, totalmem} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {ownEnvironment} from '../bench/own-environment.ts';
import {table} from '../cli/output.ts';
import {matrix, randomCase, type ChaosCase} from './cases.ts';
import {differences, type Outcome} from './outcome.ts';
import {readResults, writeResults, type KeptCase} from './results.ts';
import {runCase} from './run-case.ts';
import {sourcesDigest} from './sources-digest.ts';

const USAGE = `usage: npm run chaos [-- OPTIONS]
  kill -9 of every process in every stage of a small run, then a campaign of random kills; every run must end as an
  undisturbed one. What has been run with this code and seed is kept, and not run again.
  --only TEXT     cases whose name holds TEXT, e.g. "gpu worker" or "in train" or random
  --kills N       of the random campaign, over all its runs (200)
  --seed TEXT     of the random campaign (1)
  --results FILE  where results are kept (chaos-results.json)
  --json FILE     the table for machines
  --list          names the cases and runs none`;
const UNDISTURBED = 'undisturbed';

const {values} = parseArgs({
  options: {
    only: {type: 'string', default: ''},
    kills: {type: 'string', default: '200'},
    seed: {type: 'string', default: '1'},
    results: {type: 'string', default: 'chaos-results.json'},
    json: {type: 'string'},
    list: {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
});
const kills = Number(values.kills);
if (values.help || !Number.isInteger(kills) || kills < 0) {
  process.stderr.write(
    `${values.help ? '' : `chaos: --kills: expected a number, got "${values.kills}"\n`}${USAGE}\n`,
  );
  process.exit(values.help ? 0 : 2);
}
const chosen = matrix().filter(({name}) => name.includes(values.only));
const random = 'random'.includes(values.only) || values.only.startsWith('random');
if (values.list) {
  process.stdout.write(
    `${[...chosen.map(({name}) => name), ...(random ? ['random 1 …'] : [])].join('\n')}\n`,
  );
  process.exit(0);
}
if (chosen.length === 0 && !random) {
  process.stderr.write(`chaos: no case holds "${values.only}": --list names them\n`);
  process.exit(2);
}

const code = await sourcesDigest();
const results = readResults(values.results, code, values.seed);
const leave = ownEnvironment();
try {
  await keep(UNDISTURBED, null);
  for (const one of chosen) await keep(one.name, one);
  for (let n = 1; random && struck('random') < kills; n++)
    await keep(`random ${n}`, randomCase(values.seed, n));
} finally {
  leave();
}
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
process.stdout.write(`${report()}\n${machine}, seed ${values.seed}\n`);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({machine, ...results}, null, 2)}\n`);
process.exitCode = Object.values(results.cases).some(({wrong}) => wrong.length > 0) ? 1 : 0;

/** Runs a case unless its result is there, and keeps it. */
async function keep(name: string, what: ChaosCase | null): Promise<void> {
  if (results.cases[name]) return;
  process.stderr.write(`${name} …\n`);
  results.cases[name] = await judged(what, results.cases[UNDISTURBED]?.outcome ?? null);
  await writeResults(values.results, results);
}

async function judged(what: ChaosCase | null, expected: Outcome | null): Promise<KeptCase> {
  try {
    const ran = await runCase(what);
    const {outcome, blows, repeated, orphans, seconds} = ran;
    const wrong = [
      ...(expected === null ? [] : differences(expected, outcome)),
      ...repeated,
      ...(orphans === 0 ? [] : [`${orphans} processes were left`]),
      ...(what?.kind === 'at' && blows.length === 0 ? ['nothing was killed: the run was never there'] : []),
    ];
    return {wrong, blows: [...blows], seconds, outcome: {...outcome, samples: [...outcome.samples]}};
  } catch (error) {
    return {
      wrong: [`the run did not end: ${(error as Error).message}`],
      blows: [],
      seconds: 0,
      outcome: null,
    };
  }
}

function struck(prefix: string): number {
  return Object.entries(results.cases)
    .filter(([name]) => name.startsWith(prefix))
    .reduce((sum, [, {blows}]) => sum + blows.length, 0);
}

function report(): string {
  const rows = Object.entries(results.cases).map(([name, {wrong, blows, seconds}]) => {
    const slowest = Math.max(0, ...blows.map(({back}) => back ?? 0));
    return [
      name,
      `${blows.length}`,
      blows.length === 1 ? blows[0]!.at : '',
      blows.length === 0 ? '' : `${slowest.toFixed(1)} s`,
      `${seconds.toFixed(0)} s`,
      wrong.length === 0 ? 'as undisturbed' : wrong.join('; '),
    ];
  });
  return table(
    ['case', 'kills', 'in the middle of', 'back after', 'run', 'came out'],
    rows,
    'nothing was run',
  );
}
