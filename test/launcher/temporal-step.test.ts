import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {ensure} from '../../launcher/step.js';
import {fetchRelease, temporalStep} from '../../launcher/steps/temporal.js';
import {serve} from './file-server.ts';
import {scratchFolder, writeExecutable} from './scratch.ts';

function context(env: NodeJS.ProcessEnv) {
  const cache = scratchFolder();
  return {
    cache,
    env: {RATCHET_CACHE: cache, ...env},
    root: cache,
    say: () => {},
    begin: () => {},
    end: () => {},
  };
}

describe('a Temporal server', () => {
  it('is not looked for where TEMPORAL_ADDRESS names one', async () => {
    const result = await ensure(temporalStep, context({PATH: '', TEMPORAL_ADDRESS: 'temporal.example:7233'}));
    expect(result).toMatchObject({state: 'ready', detail: 'TEMPORAL_ADDRESS=temporal.example:7233'});
  });

  it('is the one on PATH', async () => {
    const bin = scratchFolder();
    const temporal = writeExecutable(join(bin, 'temporal'));
    expect(await ensure(temporalStep, context({PATH: bin}))).toMatchObject({
      state: 'ready',
      detail: temporal,
    });
  });

  it('is refused where RATCHET_TEMPORAL names no program', async () => {
    const result = await ensure(temporalStep, context({PATH: '', RATCHET_TEMPORAL: '/no/such/temporal'}));
    expect(result).toMatchObject({
      state: 'failed',
      detail:
        'looked for Temporal: RATCHET_TEMPORAL names /no/such/temporal, which is not an executable file; correct or unset it',
    });
  });

  it('comes from the official release, whose digest is checked', async () => {
    const source = scratchFolder();
    writeExecutable(join(source, 'temporal'), '#!/bin/sh\necho temporal version 1\n');
    const file = 'temporal_cli_1.0.0_test.tar.gz';
    execFileSync('tar', ['-czf', file, 'temporal'], {cwd: source});
    const bytes = readFileSync(join(source, file));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const host = await serve((path, response) => {
      if (path.endsWith(`/${file}`)) response.end(bytes);
      else response.writeHead(404).end();
    });

    const folder = scratchFolder();
    expect(await fetchRelease(host, {file, sha256}, folder)).toEqual({});
    expect(readdirSync(folder)).toEqual(['temporal']);
    expect(execFileSync(join(folder, 'temporal'), {encoding: 'utf8'})).toBe('temporal version 1\n');

    const other = scratchFolder();
    await expect(fetchRelease(host, {file, sha256: '0'.repeat(64)}, other)).rejects.toThrow(
      `checked ${file}: expected sha256 ${'0'.repeat(64)}, got ${sha256}; it was not used`,
    );
    expect(readdirSync(other)).toEqual([]);

    expect(await fetchRelease(host, {file: 'other.tar.gz', sha256}, other)).toEqual({
      failed: 'HTTP status 404',
    });
    expect((await fetchRelease(host, undefined, other)).failed).toMatch(/^there is none for /);
  });
});
