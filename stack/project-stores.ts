import {openStores, withRowKey, type Stores} from '../stores/stores.ts';
import type {Project} from './project-file.ts';
import {existingRowKey} from './row-key.ts';

/** A project's stores, with its row key where this machine has it: so what was sealed with it saves reading the whole chain. */
export async function projectStores({store, folder}: Pick<Project, 'store' | 'folder'>): Promise<Stores> {
  const stores = await openStores(store);
  const key = existingRowKey(folder);
  return key === undefined ? stores : withRowKey(stores, Buffer.from(key, 'hex'));
}
