import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {ensure} from '../../launcher/step.js';
import {helmStep} from '../../launcher/steps/helm.js';
import {manifestCheckStep} from '../../launcher/steps/manifest-check.js';
import {otelcolStep} from '../../launcher/steps/otelcol.js';
import {toxiproxyStep} from '../../launcher/steps/toxiproxy.js';
import {versitygwStep} from '../../launcher/steps/versitygw.js';
import {scratchFolder, writeExecutable} from './scratch.ts';

function context(env: NodeJS.ProcessEnv) {
  const cache = scratchFolder();
  const said: string[] = [];
  return {
    cache,
    env: {RATCHET_CACHE: cache, ...env} as NodeJS.ProcessEnv,
    root: cache,
    said,
    say: (line: string) => void said.push(line),
    begin: () => {},
    end: () => {},
  };
}

/** A PATH with a Go that runs `script`; `$GOBIN` is where the program belongs. */
function go(script: string): string {
  const bin = scratchFolder();
  writeExecutable(join(bin, 'go'), `#!/bin/sh\n${script}\n`);
  return bin;
}

const TOOLS = [
  ['versitygw', versitygwStep, 'put versitygw on PATH or set RATCHET_TEST_S3'],
  ['otelcol', otelcolStep, 'put otelcol-contrib on PATH or set RATCHET_OTELCOL'],
  ['toxiproxy', toxiproxyStep, 'put toxiproxy-server on PATH'],
  ['helm', helmStep, 'set RATCHET_HELM'],
  ['manifest-check', manifestCheckStep, 'set RATCHET_MANIFEST_CHECK'],
] as const;

describe.each(TOOLS)('%s', (_tool, step, instead) => {
  it('is skipped where there is no Go, and that is said', async () => {
    const here = context({PATH: ''});
    const skip = `no Go to build it; ${instead}`;
    expect(await ensure(step, here)).toMatchObject({state: 'skipped', detail: skip});
    expect(here.said).toEqual([`${step.name}: skipped: ${skip}`]);
    expect(readdirSync(here.cache)).toEqual(['locks']);
  });

  it('has failed, in one line, where Go cannot build it', async () => {
    const here = context({PATH: go('echo "go: module lookup disabled" >&2; exit 1')});
    const result = await ensure(step, here);
    expect(result).toMatchObject({
      state: 'failed',
      detail: expect.stringMatching(/^built it: go install \S+: go: module lookup disabled; /) as string,
    });
    expect(result.detail.endsWith(`; check the network and the version of Go, or ${instead}`)).toBe(true);
  });
});

describe('a tool that Go builds', () => {
  it('lies in the cache once it is built, and is found there', async () => {
    const here = context({
      PATH: `${go('touch "$GOBIN/versitygw"; chmod +x "$GOBIN/versitygw"')}:/usr/bin:/bin`,
    });
    expect(await ensure(versitygwStep, here)).toMatchObject({state: 'built'});
    const {state, detail} = await ensure(versitygwStep, here);
    expect(state).toBe('ready');
    expect(existsSync(detail)).toBe(true);
    expect(detail.startsWith(here.cache)).toBe(true);
  });

  it('is not needed where the user names another in its place', async () => {
    const here = context({PATH: '', RATCHET_TEST_S3: 'http://s3.example'});
    expect(await ensure(versitygwStep, here)).toMatchObject({
      state: 'ready',
      detail: 'RATCHET_TEST_S3=http://s3.example',
    });
  });

  it('tells the tests why they are skipped', async () => {
    const here = context({PATH: ''});
    for (const [, step] of TOOLS) await ensure(step, here);
    expect(here.env).toMatchObject({
      RATCHET_S3_UNAVAILABLE: 'no S3 server: no Go to build it; put versitygw on PATH or set RATCHET_TEST_S3',
      RATCHET_OTELCOL_UNAVAILABLE:
        'no OTLP receiver: no Go to build it; put otelcol-contrib on PATH or set RATCHET_OTELCOL',
      RATCHET_CHART_UNCHECKED: 'the chart is not checked: no Go to build it; set RATCHET_MANIFEST_CHECK',
    });
  });
});
