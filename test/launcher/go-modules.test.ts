import {cpSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {findOnPath} from '../../launcher/path-search.js';
import {PINS} from '../../launcher/pins.js';
import {GO_MODULES, goInstall} from '../../launcher/steps/go-install.js';
import {scratchFolder} from './scratch.ts';

const PINNED = {
  helm: ['helm.sh/helm/v3', PINS.helm.version],
  otelcol: ['go.opentelemetry.io/collector/otelcol', PINS.otelcol.version],
  temporal: ['github.com/temporalio/cli', PINS.temporal.version],
  toxiproxy: ['github.com/Shopify/toxiproxy/v2', PINS.toxiproxy.version],
  versitygw: ['github.com/versity/versitygw', PINS.versitygw.version],
} as const;

test.each(Object.entries(PINNED))(
  '%s is built by its pinned version, every module with its hash',
  (name, [module, version]) => {
    const read = (file: string) => readFileSync(join(GO_MODULES, name, file), 'utf8');
    expect(read('go.mod')).toContain(`${module} v${version}\n`);
    expect(read('go.mod')).not.toMatch(/^replace/m);
    const sums = read('go.sum');
    expect(sums).toContain(`${module} v${version} h1:`);
    const required = [...read('go.mod').matchAll(/^\t(\S+) (v\S+)/gm)].map(([, path, at]) => `${path} ${at}`);
    expect(required.length).toBeGreaterThan(10);
    // Each module of the build has its hash, or is one of which only the go.mod is read.
    const hashed = new Set([...sums.matchAll(/^(\S+ v[^\s/]+)(?:\/go\.mod)? h1:/gm)].map(([, one]) => one!));
    expect(required.filter((one) => !hashed.has(one))).toEqual([]);
  },
);

test('nothing is built that has no go.sum here', () => {
  expect(readdirSync(GO_MODULES).sort()).toEqual(Object.keys(PINNED));
});

test.skipIf(findOnPath('go', process.env) === undefined)(
  'a module with other bytes than go.sum says is not built, whatever the checksum database says',
  async () => {
    const cwd = join(scratchFolder(), 'toxiproxy');
    cpSync(join(GO_MODULES, 'toxiproxy'), cwd, {recursive: true});
    const sums = readFileSync(join(cwd, 'go.sum'), 'utf8');
    const other = sums.replace(/^(github\.com\/gorilla\/mux \S+ h1:)\S{8}/m, '$1AAAAAAAA');
    expect(other).not.toBe(sums);
    writeFileSync(join(cwd, 'go.sum'), other);
    const built = await goInstall({
      pack: 'github.com/Shopify/toxiproxy/v2/cmd/server',
      name: 'server',
      cwd,
      folder: scratchFolder(),
      env: {...process.env, GOFLAGS: '-mod=mod', GOSUMDB: 'off', GONOSUMDB: '*'},
    });
    expect(built).toEqual({
      failed: expect.stringMatching(
        /gorilla\/mux@v1\.8\.0.*checksum mismatch: it is not what go\.sum says$/,
      ) as string,
    });
  },
);
