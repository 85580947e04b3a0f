import {Artifacts} from './objects/artifacts.ts';
import {AuditChain} from './audit/audit.ts';
import type {StoreProcess} from './access/authorities.ts';
import {StageCache} from './registry/cache.ts';
import {Costs} from './costs/costs.ts';
import {GatewayKeys} from './access/gateway-keys.ts';
import {KeyUsage} from './access/key-usage.ts';
import type {ObjectStore} from './objects/object-store.ts';
import {openStore} from './objects/open-store.ts';
import {Pointers} from './registry/pointers.ts';
import {Leases} from './objects/lease.ts';
import {Registry} from './registry/registry.ts';
import {ScopedStore} from './objects/scoped-store.ts';
import {Traces} from './traces/traces.ts';
import {Vectors} from './vectors/vectors.ts';

/** Everything that lasts, over one object store. */
export interface Stores {
  readonly objects: ObjectStore;
  readonly artifacts: Artifacts;
  readonly cache: StageCache;
  readonly registry: Registry;
  readonly pointers: Pointers;
  readonly traces: Traces;
  readonly gatewayKeys: GatewayKeys;
  readonly keyUsage: KeyUsage;
  readonly vectors: Vectors;
  readonly costs: Costs;
  /** The project's row key, 32 bytes: seals what only its own processes may write. Missing: nothing is sealed, and no seal believed. */
  readonly rowKey?: Uint8Array | undefined;
  audit(project: string): AuditChain;
  leases(project: string): Leases;
}

/** As openStore: does not touch the store; call `objects.probe()` where it matters. With `process`, as that kind may use it. */
export async function openStores(
  url: string,
  {process, onWritten}: {readonly process?: StoreProcess; readonly onWritten?: (bytes: number) => void} = {},
): Promise<Stores> {
  const objects = await openStore(url);
  return storesOver(process === undefined ? objects : new ScopedStore(objects, process), onWritten);
}

/** The same stores for a process that has the project's row key. */
export function withRowKey(stores: Stores, rowKey: Uint8Array | undefined): Stores {
  return {...stores, rowKey, cache: new StageCache(stores.objects, stores.artifacts, rowKey)};
}

/** `onWritten` hears of the bytes of each new artifact. */
export function storesOver(objects: ObjectStore, onWritten?: (bytes: number) => void): Stores {
  const artifacts = new Artifacts(objects, onWritten);
  return {
    objects,
    artifacts,
    cache: new StageCache(objects, artifacts),
    registry: new Registry(objects),
    pointers: new Pointers(objects),
    traces: new Traces(objects),
    gatewayKeys: new GatewayKeys(objects),
    keyUsage: new KeyUsage(objects),
    vectors: new Vectors(objects),
    costs: new Costs(objects),
    leases: (project) => new Leases(objects, project),
    audit: (project) => new AuditChain(objects, project),
  };
}
