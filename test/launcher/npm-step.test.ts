import {existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {ensure} from '../../launcher/step.js';
import {npmStep} from '../../launcher/steps/npm.js';
import {scratchFolder, writeExecutable} from './scratch.ts';

const A = {version: '1.0.0', integrity: 'sha512-a'};
const OTHER_MACHINE = {
  version: '1.0.0',
  integrity: 'sha512-o',
  optional: true,
  os: ['nowhere'],
  cpu: ['none'],
};
const THIS_MACHINE = {
  version: '1.0.0',
  integrity: 'sha512-t',
  optional: true,
  os: [process.platform],
  cpu: [process.arch],
};

/** A checkout with a lock, and node_modules as npm leaves it. */
function checkout(wanted: Record<string, object>, installed?: Record<string, object>): string {
  const root = scratchFolder();
  const packages = {'': {name: 'x'}, ...prefixed(wanted)};
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({lockfileVersion: 3, packages}));
  if (installed !== undefined) install(root, installed);
  return root;
}

function install(root: string, installed: Record<string, object>): void {
  for (const name of Object.keys(installed)) mkdirSync(join(root, 'node_modules', name), {recursive: true});
  writeFileSync(
    join(root, 'node_modules', '.package-lock.json'),
    JSON.stringify({lockfileVersion: 3, packages: prefixed(installed)}),
  );
}

function prefixed(packages: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(packages).map(([name, entry]) => [`node_modules/${name}`, entry]));
}

/** A context whose npm writes down how it is called, and ends with `code`. */
function context(root: string, code: number, output = '') {
  const bin = scratchFolder();
  const calls = join(bin, 'calls');
  writeExecutable(
    join(bin, 'npm'),
    `#!/bin/sh
echo "$PWD $@" >> ${calls}
echo "${output}" >&2
[ ${code} = 0 ] && mkdir -p node_modules && echo '{"packages": {}}' > node_modules/.package-lock.json
exit ${code}
`,
  );
  const PATH = [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return {
    cache: scratchFolder(),
    env: {PATH},
    root,
    say: () => {},
    begin: () => {},
    end: () => {},
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8') : ''),
  };
}

describe('the npm packages', () => {
  it('are there where npm’s own record agrees with the lock, whoever installed them', async () => {
    const root = checkout({a: A, other: OTHER_MACHINE}, {a: A});
    const here = context(root, 0);
    expect(await ensure(npmStep, here)).toMatchObject({state: 'ready'});
    expect(here.calls()).toBe('');
    // The stamp spares the comparison next time; the link makes `npx ratchet` run this checkout.
    expect(readFileSync(join(root, 'node_modules', '.ratchet-lock'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    expect(readlinkSync(join(root, 'node_modules', '.bin', 'ratchet'))).toBe('../../launcher/ratchet.js');
  });

  it.each([
    ['there are none', undefined],
    ['one has another version', {a: {version: '0.9.0', integrity: 'sha512-b'}, this: THIS_MACHINE}],
    ['one has another integrity', {a: {version: '1.0.0', integrity: 'sha512-b'}, this: THIS_MACHINE}],
    ['one too many is there', {a: A, this: THIS_MACHINE, b: A}],
    ['this machine’s binary is missing', {a: A}],
  ])('are installed where %s', async (_case, installed) => {
    const root = checkout({a: A, this: THIS_MACHINE}, installed);
    const here = context(root, 0);
    expect(await ensure(npmStep, here)).toMatchObject({state: 'built'});
    expect(here.calls()).toMatch(/ install --no-save --ignore-scripts --no-audit --no-fund/);
  });

  it('are installed again after the lock has changed', async () => {
    const root = checkout({a: A}, {a: A});
    const here = context(root, 0);
    await ensure(npmStep, here);
    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({packages: prefixed({a: {version: '2.0.0', integrity: 'sha512-2'}})}),
    );
    expect(await ensure(npmStep, here)).toMatchObject({state: 'built'});
  });

  it('say in one line what npm could not do', async () => {
    const root = checkout({a: A});
    const here = context(root, 1, 'npm error code ENOTFOUND');
    expect(await ensure(npmStep, here)).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(/^npm install: code ENOTFOUND; check the network/),
    });
    expect(existsSync(join(root, 'node_modules', '.ratchet-lock'))).toBe(false);
  });
});
