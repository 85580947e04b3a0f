// @ts-check
import {join} from 'node:path';
import {manifestCheckDigest} from '../environment.js';
import {PACKAGE_ROOT} from '../locations.js';
import {goInstall} from './go-install.js';
import {goTool} from './go-tool.js';
import {CHART_UNCHECKED} from './helm.js';

/** Kubernetes' own validation of manifests, from deploy/manifest-check: RATCHET_MANIFEST_CHECK, the cache, else built by Go. */
export const manifestCheckStep = goTool({
  name: 'Kubernetes validation for tests',
  tool: 'manifestCheck',
  version: manifestCheckDigest,
  instead: 'set RATCHET_MANIFEST_CHECK',
  unavailable: CHART_UNCHECKED,
  build: (into) =>
    goInstall({
      pack: '.',
      name: 'manifest-check',
      cwd: join(PACKAGE_ROOT, 'deploy', 'manifest-check'),
      ...into,
    }),
});
