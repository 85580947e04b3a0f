// @ts-check
import {createHash} from 'node:crypto';
import {existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {capture} from '../child.js';
import {findOnPath} from '../path-search.js';
import {StepError} from '../step-error.js';

const STAMP = join('node_modules', '.ratchet-lock');

/**
 * The npm packages of a checkout, as package-lock.json says. None of them needs its install script. Not `npm ci`, which
 * would begin by deleting everything that is there.
 * @type {import('../step.js').Step}
 */
export const npmStep = {
  name: 'npm packages',
  what: 'npm install',
  lock: ({root}) => `npm-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
  ready: ({root}) => {
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
    const digest = createHash('sha256').update(lock).digest('hex');
    const stamp = join(root, STAMP);
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return 'as package-lock.json says';
    if (!isInstalled(root, JSON.parse(lock))) return undefined;
    finish(root, digest);
    return 'as package-lock.json says';
  },
  build: async ({root, env}) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(root, 'package-lock.json')))
      .digest('hex');
    const installed = await runNpm(['install', '--no-save', '--ignore-scripts'], {cwd: root, env});
    if (!installed.ok) throw npmFailure('npm install', installed);
    finish(root, digest);
    return `${countPackages(root)} packages`;
  },
};

/**
 * Runs npm on this Node, found on PATH or, under `npm run`, where that npm is.
 * @param {readonly string[]} args
 * @param {{cwd: string, env: NodeJS.ProcessEnv}} options
 */
export function runNpm(args, {cwd, env}) {
  const all = [...args, '--no-audit', '--no-fund', '--loglevel=error', '--no-progress'];
  const npm = findOnPath('npm', env);
  if (npm !== undefined) return capture(npm, all, {cwd, env: withoutCaller(env)});
  const script = env['npm_execpath'];
  if (script !== undefined)
    return capture(process.execPath, [script, ...all], {cwd, env: withoutCaller(env)});
  throw new StepError({tried: 'looked for npm', came: 'there is none on PATH', todo: 'install npm'});
}

/**
 * @param {string} tried
 * @param {{output: string, code: number | undefined}} result
 */
export function npmFailure(tried, {output, code}) {
  const lines = output.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  const said = lines
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ''))
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
    .slice(0, 4)
    .join(' ');
  return new StepError({
    tried,
    came: said || output.trim().split('\n').at(-1) || `ended with code ${code}`,
    todo: 'check the network and npm’s registry setting, then run again',
  });
}

/**
 * Whether node_modules holds what the lock says by npm's own record, whoever installed it.
 * @param {string} root
 * @param {{packages: Record<string, LockEntry>}} lock
 * @typedef {{
 *   version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 * }} LockEntry
 */
function isInstalled(root, lock) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  /** @type {{packages: Record<string, LockEntry>}} */
  const installed = JSON.parse(readFileSync(record, 'utf8'));
  for (const [place, wanted] of Object.entries(lock.packages)) {
    if (place === '') continue;
    const have = installed.packages[place];
    if (have === undefined && wanted.optional === true && !isForThisMachine(wanted)) continue;
    if (have?.version !== wanted.version || have?.integrity !== wanted.integrity) return false;
    if (!existsSync(join(root, place))) return false;
  }
  return Object.keys(installed.packages).every((place) => place in lock.packages);
}

/** @param {LockEntry} entry a binary package that npm picks by machine */
function isForThisMachine({os, cpu, libc}) {
  if (os === undefined && cpu === undefined) return false;
  const fits =
    (os ?? [process.platform]).includes(process.platform) && (cpu ?? [process.arch]).includes(process.arch);
  return fits && !(libc !== undefined && libc.every((kind) => kind === 'musl'));
}

/**
 * @param {string} root
 * @param {string} digest
 */
function finish(root, digest) {
  linkOwnCommand(root);
  writeFileSync(join(root, STAMP), digest);
}

/**
 * `npx ratchet` in a checkout runs the checkout: without this link npx would look in the registry.
 * @param {string} root
 */
function linkOwnCommand(root) {
  if (process.platform === 'win32') return;
  const link = join(root, 'node_modules', '.bin', 'ratchet');
  if (lstatSync(link, {throwIfNoEntry: false}) !== undefined) return;
  mkdirSync(join(root, 'node_modules', '.bin'), {recursive: true});
  symlinkSync(join('..', '..', 'launcher', 'ratchet.js'), link);
}

/** @param {string} root */
function countPackages(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  return Object.keys(JSON.parse(readFileSync(record, 'utf8')).packages).length;
}

/**
 * Under `npm run` and npx, npm tells its children about the package it runs; another npm must not take that for its own.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutCaller(env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(npm_(lifecycle|package|command)|npm_config_local_prefix|INIT_CWD)/.test(name),
    ),
  );
}
