#!/usr/bin/env node
// @ts-check
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {runInPlace} from './child.js';
import {PACKAGE_ROOT, isCheckout} from './locations.js';
import {partsFor} from './needs.js';
import {reportFailures} from './report-failures.js';
import {setUp} from './setup.js';

// The command `ratchet`: sees to it that what the command needs is there, then runs the CLI on a Node that runs it.
const args = process.argv.slice(2);
const {node, env, results} = await setUp(partsFor(args, process.env));
if (reportFailures(results)) process.exit(1);

const main = isCheckout()
  ? join(PACKAGE_ROOT, 'cli', 'main.ts')
  : join(PACKAGE_ROOT, 'dist', 'cli', 'main.js');
if (!existsSync(main)) {
  console.error(`ratchet: ${main} is not there: the package is incomplete; install it again`);
  process.exit(1);
}
process.exitCode = await runInPlace(node, [main, ...args], env);
