// @ts-check
import {existsSync} from 'node:fs';
import {rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {capture} from '../child.js';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {PINS} from '../pins.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';
import {goInstall} from './go-install.js';

const BUILDER = 'go.opentelemetry.io/collector/cmd/builder';

/**
 * OpenTelemetry's collector for the tests, with what they need of it: its OTLP receiver, and a file to write what came
 * to. `otelcol-contrib` on PATH, the cache, else made by the collector's own builder, which Go builds first. Without Go
 * the tests that need it are skipped, and say so.
 * @type {import('../step.js').Step}
 */
export const otelcolStep = {
  name: 'OTLP receiver for tests',
  what: 'built otelcol',
  lock: () => 'otelcol',
  ready: ({env}) => resolveEnvironment(env).otelcol,
  build: async ({cache, env}) => {
    const skip = 'no Go to build otelcol; put otelcol-contrib on PATH or set RATCHET_OTELCOL';
    const failed = (/** @type {string} */ came) =>
      new StepError({
        tried: 'built otelcol',
        came,
        todo: 'check the network and the version of Go, put otelcol-contrib on PATH, or set RATCHET_OTELCOL',
      });
    try {
      return await buildFolder(dirname(cachedPaths(cache).otelcol), async (folder) => {
        const {version} = PINS.otelcol;
        const built = await goInstall({module: `${BUILDER}@v${version}`, name: 'builder', folder, env});
        if ('failed' in built) {
          if (!built.go) throw new NoGo();
          throw failed(built.failed);
        }
        const sources = join(folder, 'sources');
        await writeFile(join(folder, 'builder.json'), JSON.stringify(manifest(sources)));
        const {GOOS: _os, GOARCH: _arch, ...rest} = env;
        const made = await capture(built.binary, ['--config', join(folder, 'builder.json')], {
          env: {...rest, GOFLAGS: '-buildvcs=false'},
        });
        if (!made.ok || !existsSync(join(sources, 'otelcol')))
          throw failed(made.output.split('\n').slice(-3).join(' '));
        await rename(join(sources, 'otelcol'), join(folder, 'otelcol'));
        await rm(sources, {recursive: true});
        await rm(built.binary);
        return version;
      });
    } catch (error) {
      if (!(error instanceof NoGo)) throw error;
      env['RATCHET_OTELCOL_UNAVAILABLE'] = `no OTLP receiver: ${skip}`;
      return {skip};
    }
  },
};

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

class NoGo extends Error {}
