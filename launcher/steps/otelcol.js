// @ts-check
import {join} from 'node:path';
import {PINS} from '../pins.js';
import {GO_MODULES, goInstall} from './go-install.js';
import {goTool} from './go-tool.js';

/**
 * OpenTelemetry's collector for the tests, with what they need of it: its OTLP receiver, and a file to write what came
 * to. `otelcol-contrib` on PATH, the cache, else built by Go from launcher/go/otelcol.
 */
export const otelcolStep = goTool({
  name: 'OTLP receiver for tests',
  tool: 'otelcol',
  version: () => PINS.otelcol.version,
  instead: 'put otelcol-contrib on PATH or set RATCHET_OTELCOL',
  unavailable: {variable: 'RATCHET_OTELCOL_UNAVAILABLE', what: 'no OTLP receiver'},
  build: (into) => goInstall({pack: '.', name: 'otelcol', cwd: join(GO_MODULES, 'otelcol'), ...into}),
});
