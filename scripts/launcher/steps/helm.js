// @ts-check
import {PINS} from '../pins.js';
import {goInstall} from './go-install.js';
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
    goInstall({module: `helm.sh/helm/v3/cmd/helm@v${PINS.helm.version}`, name: 'helm', ...into}),
});
