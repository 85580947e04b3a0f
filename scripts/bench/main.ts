import {cpus, loadavg, totalmem} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {table} from '../../cli/output.ts';
import {ownEnvironment} from './own-environment.ts';

/** Each figure is measured by a program of its own; none asserts anything. */
const BENCHES: Readonly<Record<string, () => Promise<object>>> = {
  launcher: async () => (await import('./launcher.ts')).benchLauncher(),
  curation: async () => (await import('./curation.ts')).benchCuration(),
  gateway: async () => (await import('./gateway.ts')).benchGateway(),
  peers: async () => (await import('./peers.ts')).benchPeers(),
  audit: async () => (await import('./audit.ts')).benchAudit(),
  overhead: async () => (await import('./overhead.ts')).benchOverhead(),
  trainer: async () => (await import('./trainer.ts')).benchTrainer(),
  resume: async () => (await import('./resume.ts')).benchResume(),
  memory: async () => (await import('./memory.ts')).benchMemory(),
  idle: async () => (await import('./idle.ts')).benchIdle(),
  statistics: async () => (await import('./statistics/statistics.ts')).benchStatistics(),
  demo: async () => (await import('./demo.ts')).benchDemo({small: true}),
  'demo-full': async () => (await import('./demo.ts')).benchDemo({small: false}),
};
/** Run only where it is named: the whole demo takes about 25 minutes, and what is simulated depends on no machine. */
const BY_NAME: readonly string[] = ['demo-full', 'statistics'];

/** `npm run bench [NAME…] [-- --json FILE]`: measures one after the other and prints what came out, with the machine. */
const {values, positionals} = parseArgs({allowPositionals: true, options: {json: {type: 'string'}}});
const unknown = positionals.find((name) => !(name in BENCHES));
if (unknown) {
  process.stderr.write(`bench: no bench "${unknown}": expected ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
const wanted = (name: string): boolean =>
  positionals.length > 0 ? positionals.includes(name) : !BY_NAME.includes(name);
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
};
const results: Record<string, object> = {};
const leave = ownEnvironment();
for (const [name, bench] of Object.entries(BENCHES)) {
  if (!wanted(name)) continue;
  process.stderr.write(`${name} …\n`);
  const loadBefore = loadavg()[0];
  // One that cannot be measured here does not take the others' figures away.
  const result = await bench().catch((error: Error) => ({inconclusive: error.message}));
  results[name] = {...result, loadBefore};
}
leave();
const rows = Object.entries(results).flatMap(([name, result]) =>
  leaves(result).map(([key, value]) => [
    name,
    key,
    typeof value === 'number' ? value.toPrecision(4) : String(value),
  ]),
);
process.stderr.write(
  `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GiB, Node ${machine.node}, ${machine.date}\n`,
);
process.stderr.write(`${table(['bench', 'figure', 'value'], rows, 'nothing was measured')}\n`);
const notRun = Object.keys(BENCHES).filter((name) => !wanted(name));
if (notRun.length > 0) process.stderr.write(`not run: ${notRun.join(', ')} (npm run bench NAME)\n`);
const json = `${JSON.stringify({machine, results, notRun}, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(json);
else await writeFile(values.json, json);

/** `a.b.c` → value, for every number and text inside. */
function leaves(value: unknown, prefix = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[prefix, value]];
  if (Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, prefix === '' ? key : `${prefix}.${key}`),
  );
}
