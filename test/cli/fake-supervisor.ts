/**
 * A supervisor over fake parts, as a process that a test can kill: `node fake-supervisor.ts FOLDER PORT…`.
 * Part I answers on the I-th port; the last one is started after the first. SIGTERM stops the stack. With SERVE_AFTER (ms) in
 * the environment the last one serves, and begins when asked or so long after the others. With EAGER all begin at once.
 */
import path from 'node:path';
import {answersHttp} from '../../stack/health.ts';
import type {Part} from '../../stack/part.ts';
import {supervise} from '../../stack/supervisor.ts';

const [folder, ...ports] = process.argv.slice(2);
const {SERVE_AFTER} = process.env;
const parts = ports.map((port, i): Part => ({
  name: `part-${i + 1}`,
  command: process.execPath,
  args: [path.join(import.meta.dirname, 'fake-part.ts'), '--port', port],
  env: {},
  cwd: folder!,
  after: i > 0 && i === ports.length - 1 ? ['part-1'] : [],
  eager: process.env['EAGER'] !== undefined,
  serves: SERVE_AFTER !== undefined && i === ports.length - 1,
  answers: () => answersHttp(`http://127.0.0.1:${port}`),
  graceMs: 2_000,
}));
const plan = {
  folder: folder!,
  project: 'fake',
  file: path.join(folder!, 'ratchet.yaml'),
  store: 'file:///nowhere',
  addresses: {temporal: '', namespace: '', ui: null, gateway: '', engines: []},
  parts,
};
const supervisor = await supervise(
  folder!,
  async () => plan,
  SERVE_AFTER === undefined ? {} : {serveAfterMs: Number(SERVE_AFTER)},
);
process.on('SIGTERM', () => void supervisor.stop().then(() => process.exit(0)));
