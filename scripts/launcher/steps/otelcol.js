// @ts-check
import {existsSync} from 'node:fs';
import {rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {capture} from '../child.js';
import {PINS} from '../pins.js';
import {goInstall} from './go-install.js';
import {goTool} from './go-tool.js';

const BUILDER = 'go.opentelemetry.io/collector/cmd/builder';

/**
 * OpenTelemetry's collector for the tests, with what they need of it: its OTLP receiver, and a file to write what came
 * to. `otelcol-contrib` on PATH, the cache, else made by the collector's own builder, which Go builds first.
 */
export const otelcolStep = goTool({
  name: 'OTLP receiver for tests',
  tool: 'otelcol',
  version: () => PINS.otelcol.version,
  instead: 'put otelcol-contrib on PATH or set RATCHET_OTELCOL',
  unavailable: {variable: 'RATCHET_OTELCOL_UNAVAILABLE', what: 'no OTLP receiver'},
  build: async ({folder, env}) => {
    const builder = await goInstall({
      module: `${BUILDER}@v${PINS.otelcol.version}`,
      name: 'builder',
      folder,
      env,
    });
    if ('failed' in builder) return builder;
    const sources = join(folder, 'sources');
    await writeFile(join(folder, 'builder.json'), JSON.stringify(manifest(sources)));
    const {GOOS: _os, GOARCH: _arch, ...rest} = env;
    const made = await capture(builder.binary, ['--config', join(folder, 'builder.json')], {
      env: {...rest, GOFLAGS: '-buildvcs=false'},
    });
    if (!made.ok || !existsSync(join(sources, 'otelcol')))
      return {failed: made.output.split('\n').slice(-3).join(' ')};
    const binary = join(folder, 'otelcol');
    await rename(join(sources, 'otelcol'), binary);
    await rm(sources, {recursive: true});
    await rm(builder.binary);
    return {binary};
  },
});

/** @param {string} sources where the builder may write */
function manifest(sources) {
  const {version, stable} = PINS.otelcol;
  const contrib = 'github.com/open-telemetry/opentelemetry-collector-contrib';
  return {
    dist: {module: 'ratchet.invalid/otelcol', name: 'otelcol', output_path: sources, version},
    receivers: [{gomod: `go.opentelemetry.io/collector/receiver/otlpreceiver v${version}`}],
    exporters: [{gomod: `${contrib}/exporter/fileexporter v${version}`}],
    providers: [{gomod: `go.opentelemetry.io/collector/confmap/provider/fileprovider v${stable}`}],
    conf_resolver: {default_uri_scheme: 'file'},
  };
}
