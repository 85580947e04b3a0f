import {cpus, loadavg, totalmem} from 'node:os';
import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {table} from '../cli/output.ts';

/** Each figure is measured by a program of its own; none asserts anything. */
const BENCHES: Readonly<Record<string, () => Promise<object>>> = {
  curation: async () => (await import('./curation.ts')).benchCuration(),
  gateway: async () => (await import('./gateway.ts')).benchGateway(),
  audit: async () => (await import('./audit.ts')).benchAudit(),
};

/** `npm run bench [NAME…] [-- --json FILE]`: measures one after the other and prints what came out, with the machine. */
const {values, positionals} = parseArgs({allowPositionals: true, options: {json: {type: 'string'}}});
const unknown = positionals.find((name) => !(name in BENCHES));
if (unknown) {
  process.stderr.write(`bench: no bench "${unknown}": expected ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
};
const results: Record<string, object> = {};
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const loadBefore = loadavg()[0];
  results[name] = {...(await bench()), loadBefore};
}
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
const json = `${JSON.stringify({machine, results}, null, 2)}\n`;
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
