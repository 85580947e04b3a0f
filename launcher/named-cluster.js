// @ts-check

/** Temporal's own variables that name a cluster: its address, or a profile that holds it. */
const NAMES = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

/**
 * How the user names a Temporal cluster, so that no server of our own is needed; undefined if not at all.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined} `NAME=value`
 */
export function namedCluster(env) {
  const name = NAMES.find((one) => env[one]);
  return name && `${name}=${env[name]}`;
}
