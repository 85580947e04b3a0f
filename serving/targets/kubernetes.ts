import type {Artifacts} from '../../stores/artifacts.ts';
import type {Endpoint} from '../clients/kubernetes/service-endpoints.ts';
import {AdapterClient} from './adapter-http.ts';
import type {DeployTarget} from './deploy-target.ts';
import {engineSet} from './engine-set.ts';

/**
 * vLLM servers behind a Kubernetes Service, each asked at its pod's own address: an adapter is loaded on every one of them.
 * They are found anew by every call, so one that was added or replaced since the last one is served. What vllmTarget() says
 * of vLLM's start, of the volume and of who may reach it holds here, too.
 */
export function kubernetesTarget({
  ready,
  apiKey,
  ...options
}: {
  /** The endpoints that take requests now; throws Unavailable where there is none. */
  readonly ready: () => Promise<readonly Endpoint[]>;
  readonly artifacts: Artifacts;
  /** The shared volume, as this process sees it… */
  readonly adapterFolder: string;
  /** …and as vLLM does, if its mount point differs. */
  readonly folderOnEngines?: string;
  readonly apiKey?: string;
}): DeployTarget {
  return engineSet({
    ...options,
    engines: async () => (await ready()).map(({url}) => new AdapterClient(url, apiKey)),
  });
}
