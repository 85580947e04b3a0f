// @ts-check
import {join} from 'node:path';
import {PINS} from '../pins.js';
import {GO_MODULES, goInstall} from './go-install.js';
import {goTool} from './go-tool.js';

/** What the tests of the chart say when they are skipped. */
export const CHART_UNCHECKED = {variable: 'RATCHET_CHART_UNCHECKED', what: 'the chart is not checked'};

/** What the chart's tests render with: RATCHET_HELM, the cache, else built by Go. */
export const helmStep = goTool({
  name: 'helm for tests',
  tool: 'helm',
  version: () => PINS.helm.version,
  instead: 'set RATCHET_HELM',
  unavailable: CHART_UNCHECKED,
  build: (into) =>
    goInstall({pack: 'helm.sh/helm/v3/cmd/helm', name: 'helm', cwd: join(GO_MODULES, 'helm'), ...into}),
});
