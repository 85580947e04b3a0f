import {cpus, totalmem} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {ownEnvironment} from '../bench/own-environment.ts';
import {table} from '../../cli/output.ts';
import {comparedWith, faults, matrix, randomCase, UNDISTURBED, type ChaosCase} from './cases.ts';
import {compareOutcome} from './compare-outcome.ts';
import type {Outcome} from './outcome.ts';
import {HEADER, markdown, rowsOf} from './report.ts';
import {readResults, writeResults, type KeptCase} from './results.ts';
import {Promoted} from './retrained-run.ts';
import {runCase} from './run-case.ts';
import {Inconclusive} from './scene.ts';
import {sourcesDigest} from './sources-digest.ts';

const USAGE = `usage: npm run chaos [-- OPTIONS]
  kill -9 of every process in every stage of a small run, worse faults (an S3 that misbehaves, a full disk, damaged
  artifacts, a worker that is stopped and comes back), then a campaign of random kills; every run must end as an
  undisturbed one. What has been run with this code and seed is kept, and not run again.
  --only TEXT     cases whose name holds TEXT, e.g. "gpu worker" or "in train" or S3 or random
  --kills N       of the random campaign, over all its runs (200)
  --seed TEXT     of the random campaign (1)
  --results FILE  where results are kept (chaos-results.json)
  --json FILE     the table for machines
  --markdown      the table for a page
  --list          names the cases and runs none`;

const {values} = parseArgs({
  options: {
    only: {type: 'string', default: ''},
    kills: {type: 'string', default: '200'},
    seed: {type: 'string', default: '1'},
    results: {type: 'string', default: 'chaos-results.json'},
    json: {type: 'string'},
    markdown: {type: 'boolean', default: false},
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
const chosen = [...matrix(), ...faults()].filter(({name}) => name.includes(values.only));
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
const promoted = new Promoted();
try {
  for (const one of chosen) await keep(one);
  // A run that did not end tells of no kills: there are never more runs than kills.
  for (let n = 1; random && n <= kills && struck('random') < kills; n++)
    await keep(randomCase(values.seed, n));
} finally {
  await promoted.remove();
  leave();
}
const machine = `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const shown = values.markdown ? markdown(results) : table(HEADER, rowsOf(results), 'nothing was run');
process.stdout.write(`${shown}\n\n${machine}, seed ${values.seed}\n`);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({machine, ...results}, null, 2)}\n`);
const fine = Object.values(results.cases).every(
  ({wrong, inconclusive}) => wrong.length === 0 && inconclusive === null,
);
process.exitCode = fine ? 0 : 1;

/** Runs a case, unless its result is there, after the run that it is compared with, and keeps what came of it. */
async function keep(one: ChaosCase): Promise<void> {
  if (results.cases[one.name]?.inconclusive === null) return;
  const undisturbed = UNDISTURBED[comparedWith(one)];
  if (one.kind !== 'undisturbed') await keep(undisturbed);
  const expected = one.kind === 'undisturbed' ? null : results.cases[undisturbed.name]!.outcome;
  process.stderr.write(`${one.name} …\n`);
  results.cases[one.name] = await judged(one, expected);
  await writeResults(values.results, results);
}

async function judged(one: ChaosCase, expected: Outcome | null): Promise<KeptCase> {
  const nothing = {blows: [], told: '', outcome: null};
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  // Nothing can be like a run that did not end.
  if (one.kind !== 'undisturbed' && expected === null)
    return {...nothing, wrong: ['the undisturbed run did not end'], inconclusive: null, seconds: 0};
  try {
    const ran = await runCase(one, promoted);
    const {outcome, blows, told} = ran;
    return {
      wrong: compareOutcome(one, ran, expected),
      inconclusive: null,
      told,
      seconds: seconds(),
      blows: [...blows],
      outcome: {...outcome, samples: [...outcome.samples]},
    };
  } catch (error) {
    const {message} = error as Error;
    if (error instanceof Inconclusive)
      return {...nothing, wrong: [], inconclusive: message, seconds: seconds()};
    return {...nothing, wrong: [`the run did not end: ${message}`], inconclusive: null, seconds: seconds()};
  }
}

function struck(prefix: string): number {
  return Object.entries(results.cases)
    .filter(([name]) => name.startsWith(prefix))
    .reduce((sum, [, {blows}]) => sum + blows.length, 0);
}
