import os from 'node:os';
import {createKey, listKeys, loadKey, type SigningKey} from '../../stores/access/keys.ts';
import {DEMO_KEY} from '../demo/demo-key.ts';

/**
 * The key of whoever sets a project up: --key NAME (made if it is not there), else RATCHET_KEY, else the one of the user's
 * name, else the first there is but the demo's, else a new one under the user's name. `made`: it was not there before.
 */
export async function approverKey(
  named: string | undefined,
): Promise<{readonly key: SigningKey; readonly made: boolean; readonly others: readonly string[]}> {
  const alone = {...process.env, RATCHET_KEY: undefined};
  const names = await listKeys();
  if (named === undefined && process.env['RATCHET_KEY'])
    return {key: await loadKey('RATCHET_KEY'), made: false, others: []};
  const own = keyName(os.userInfo().username);
  const name = named ?? [own, ...names].find((one) => names.includes(one) && one !== DEMO_KEY) ?? own;
  const made = !names.includes(name);
  const key = made ? await createKey(name, alone) : await loadKey(name, alone);
  return {key, made, others: named === undefined ? names.filter((other) => other !== name) : []};
}

function keyName(user: string): string {
  return user.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'default';
}
