import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {environmentVariables, resolveEnvironment} from '../../launcher/environment.js';

/** What a shell may say of the user's own stores, keys and clusters, which no figure is about. */
const OF_THE_USER =
  /^(RATCHET_(STORE|WORK|KEY|PROJECT\w*|ENGINES|GATEWAY|ADAPTERS|CPU_WORKERS)|TEMPORAL_\w+)$/;

/**
 * Puts this process, and so what it starts, into an environment of its own: keys and known projects in a temporary folder,
 * Temporal the launcher's. What the launcher set up is found without it, too. Returns how to leave again.
 */
export function ownEnvironment(): () => void {
  for (const name of Object.keys(process.env)) if (OF_THE_USER.test(name)) delete process.env[name];
  Object.assign(process.env, environmentVariables(resolveEnvironment()));
  const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-bench-home-'));
  process.env['XDG_CONFIG_HOME'] = path.join(folder, 'config');
  process.env['XDG_STATE_HOME'] = path.join(folder, 'state');
  return () => rmSync(folder, {recursive: true, force: true});
}
