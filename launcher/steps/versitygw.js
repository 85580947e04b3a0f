// @ts-check
import {join} from 'node:path';
import {PINS} from '../pins.js';
import {GO_MODULES, goInstall} from './go-install.js';
import {goTool} from './go-tool.js';

const PACK = 'github.com/versity/versitygw/cmd/versitygw';

/** A real S3 server for the tests: RATCHET_TEST_S3 (then none is needed), `versitygw` on PATH, the cache, else built by Go. */
export const versitygwStep = goTool({
  name: 'S3 server for tests',
  tool: 'versitygw',
  version: () => PINS.versitygw.version,
  instead: 'put versitygw on PATH or set RATCHET_TEST_S3',
  unavailable: {variable: 'RATCHET_S3_UNAVAILABLE', what: 'no S3 server'},
  named: ({RATCHET_TEST_S3}) => RATCHET_TEST_S3 && `RATCHET_TEST_S3=${RATCHET_TEST_S3}`,
  build: (into) => goInstall({pack: PACK, name: 'versitygw', cwd: join(GO_MODULES, 'versitygw'), ...into}),
});
