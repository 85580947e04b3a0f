import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {lineOf, reasonOf} from './allowed.ts';
import {Compiles} from './compiles.ts';
import {drawOrder} from './draw-order.ts';
import {filesOf, SCOPE} from './scope.ts';
import {Scratch} from './scratch.ts';
import {withServers} from './servers.ts';
import {mutated, parses, sitesOf, type Site} from './sites.ts';
import {TestsOf} from './tests-of.ts';
import {tryMutant, type Outcome} from './try-mutant.ts';
import {Warm} from './warm.ts';

const USAGE = `usage: npm run mutate [-- OPTIONS]
  Changes one operator or constant at a time, in a copy of the tree, and runs the tests that reach the file until one fails.
  Ends with 1 where less than 90 % of the mutants are killed.
  --seed TEXT    of the mutants that are drawn (1)
  --n N          how many (200)
  --skip N       of those drawn, the first N are left out (0)
  --from PATH    a folder or file to draw from; more than once (${SCOPE.join(', ')})
  --again FILE   those that survived in the results of an earlier run, and no others
  --json FILE    the results for machines`;
const ROOT = path.resolve(import.meta.dirname, '..', '..');
const LEAST_KILLED = 0.9;

export interface Result extends Site {
  readonly from: string;
  readonly to: string;
  readonly outcome: Outcome;
}

const {values} = parseArgs({
  options: {
    seed: {type: 'string', default: '1'},
    n: {type: 'string', default: '200'},
    skip: {type: 'string', default: '0'},
    from: {type: 'string', multiple: true, default: [...SCOPE]},
    again: {type: 'string'},
    json: {type: 'string'},
    help: {type: 'boolean', default: false},
  },
});
const [n, skip] = [Number(values.n), Number(values.skip)];
const files = filesOf(ROOT, values.from);
const unfit =
  !Number.isInteger(n) || n < 1
    ? `--n: expected a number from 1, got "${values.n}"`
    : !Number.isInteger(skip) || skip < 0
      ? `--skip: expected a whole number, got "${values.skip}"`
      : files.length === 0
        ? `--from: no TypeScript file in ${values.from.join(', ')}`
        : undefined;
if (values.help || unfit !== undefined) {
  process.stderr.write(`${unfit === undefined ? '' : `mutate: ${unfit}\n`}${USAGE}\n`);
  process.exit(values.help ? 0 : 2);
}

const texts = new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));
const results: Result[] = [];
await withServers(async () => {
  const testsOf = new TestsOf(ROOT);
  const scratch = new Scratch(ROOT);
  const warm = new Warm(scratch.folder);
  let interrupted = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      interrupted = true;
      void warm.stop();
    });
  try {
    for (const site of drawn()) {
      const text = texts.get(site.file)!;
      const {from, to} = lineOf(text, site);
      const reason = reasonOf(site.file, from, to);
      const outcome: Outcome =
        reason === undefined
          ? await tryMutant({site, text, tests: testsOf.of(site.file), scratch, warm})
          : {as: 'allowed', by: reason, seconds: 0};
      if (interrupted) break;
      results.push({...site, from, to, outcome});
      process.stdout.write(`${line({...site, from, to, outcome})}\n`);
      if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, null, 2));
    }
  } finally {
    await warm.stop();
    scratch.remove();
  }
});
const count = (as: Outcome['as']) => results.filter(({outcome}) => outcome.as === as).length;
const counted = results.length - count('allowed');
const share = counted === 0 ? 1 : (count('killed') + count('timeout')) / counted;
process.stdout.write(
  `${results.length} mutants: ${count('killed')} killed, ${count('timeout')} without an end, ${count('survived')} survived, ` +
    `${count('allowed')} allowed; ${(100 * share).toFixed(1)} % of ${counted} killed\n`,
);
process.exitCode = share < LEAST_KILLED ? 1 : 0;

function* drawn(): Generator<Site> {
  const sites = [...texts].flatMap(([file, text]) => sitesOf(file, text));
  const again =
    values.again === undefined ? undefined : (JSON.parse(readFileSync(values.again, 'utf8')) as Result[]);
  if (again === undefined) {
    const compiles = new Compiles(ROOT);
    let fit = 0;
    for (const site of drawOrder(values.seed, sites, texts)) {
      if (fit === skip + n) return;
      const text = texts.get(site.file)!;
      if (!parses(text, site) || !compiles.holds(site.file, mutated(text, site))) continue;
      if (fit++ >= skip) yield site;
    }
    return;
  }
  const wanted = again.filter(({outcome}) => outcome.as === 'survived');
  // By its line: another change may have moved it since.
  yield* wanted.flatMap(
    (one) =>
      sites.find((site) => {
        const {from, to} = lineOf(texts.get(site.file)!, site);
        return site.file === one.file && from === one.from && to === one.to;
      }) ?? [],
  );
}

function line({file, line: at, from, to, kind, outcome}: Result): string {
  const {as, by, seconds} = outcome;
  return `${as.padEnd(8)} ${file}:${at} (${kind}, ${seconds.toFixed(1)} s) ${as === 'killed' ? by : `\n    - ${from}\n    + ${to}${by === '' ? '' : `\n    ${by}`}`}`;
}
