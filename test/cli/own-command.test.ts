import {mkdir, mkdtemp, realpath, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {asTyped, ownCommand} from '../../cli/own-command.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'ratchet-own-')));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

async function launcherIn(place: string): Promise<string> {
  const file = join(folder, place, 'launcher', 'ratchet.js');
  await mkdir(dirname(file), {recursive: true});
  await writeFile(file, '');
  return file;
}

async function linked(link: string, to: string): Promise<string> {
  const file = join(folder, link);
  await mkdir(dirname(file), {recursive: true});
  await symlink(to, file);
  return dirname(file);
}

async function standingIn(place: string): Promise<string> {
  const cwd = join(folder, place);
  await mkdir(cwd, {recursive: true});
  return cwd;
}

test('is npx ratchet in a checkout and below it', async () => {
  const launcher = await launcherIn('checkout');
  await linked('checkout/node_modules/.bin/ratchet', launcher);
  const cwd = await standingIn('checkout/examples/mail');
  expect(ownCommand({cwd, path: '', launcher})).toBe('npx ratchet');
});

test('is npx ratchet in a project that has the package installed', async () => {
  const launcher = await launcherIn('app/node_modules/ratchet-llmops');
  await linked('app/node_modules/.bin/ratchet', launcher);
  expect(ownCommand({cwd: await standingIn('app'), path: '', launcher})).toBe('npx ratchet');
});

test('names the file where npx would fetch the package of somebody else', async () => {
  const launcher = await launcherIn('checkout');
  await linked('checkout/node_modules/.bin/ratchet', launcher);
  const cwd = await standingIn('data');
  expect(ownCommand({cwd, path: '', launcher})).toBe('node ../checkout/launcher/ratchet.js');
  expect(ownCommand({cwd: await standingIn('a/b/c/d/e/f/g/h/i/j/k/l/m/n/o'), path: '', launcher})).toBe(
    `node ${launcher}`,
  );
});

test('does not take another package’s ratchet for its own', async () => {
  const launcher = await launcherIn('checkout');
  const other = await launcherIn('other');
  await linked('data/node_modules/.bin/ratchet', other);
  const bin = await linked('usr/bin/ratchet', other);
  expect(ownCommand({cwd: await standingIn('data'), path: bin, launcher})).toBe(
    'node ../checkout/launcher/ratchet.js',
  );
});

test('is ratchet where that is on PATH, but for the folders that npx puts there itself', async () => {
  const launcher = await launcherIn('lib/node_modules/ratchet-llmops');
  const bin = await linked('usr/bin/ratchet', launcher);
  const cwd = await standingIn('data');
  expect(ownCommand({cwd, path: ['/nowhere', bin].join(delimiter), launcher})).toBe('ratchet');
  const npx = await linked('cache/node_modules/.bin/ratchet', launcher);
  expect(ownCommand({cwd, path: npx, launcher})).toMatch(/^node /);
});

test('is npx ratchet-llmops where npx fetched the package', async () => {
  const launcher = await launcherIn('.npm/_npx/3f9a/node_modules/ratchet-llmops');
  expect(ownCommand({cwd: await standingIn('data'), path: '', launcher})).toBe('npx ratchet-llmops');
});

test('quotes a file that a shell would take apart', async () => {
  const launcher = await launcherIn('my $(touch x) "checkout"');
  expect(ownCommand({cwd: await standingIn('data'), path: '', launcher})).toBe(
    'node "../my \\$(touch x) \\"checkout\\"/launcher/ratchet.js"',
  );
});

test('is what a wrapper says', async () => {
  const launcher = await launcherIn('checkout');
  const cwd = await standingIn('data');
  expect(ownCommand({cwd, path: '', said: 'docker compose run ratchet', launcher})).toBe(
    'docker compose run ratchet',
  );
});

test('stands in lines that name commands, and nowhere else', () => {
  const here = (line: string) => asTyped(line, 'node ../r.js');
  expect(here('Now: npx ratchet run mail')).toBe('Now: node ../r.js run mail');
  expect(here('see `ratchet runs mail`, then `ratchet watch`')).toBe(
    'see `node ../r.js runs mail`, then `node ../r.js watch`',
  );
  const others = 'ratchet: ratchet.yaml is missing; npx ratchet-llmops; `ratchet.yaml`; a ratchet turns';
  expect(here(others)).toBe(others);
});
