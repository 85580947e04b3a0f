import type {KubernetesStandIn} from './stand-in.ts';

/** A pod of a Service: where it answers, and what is not usual about it. */
export interface PodOfService {
  readonly url: string;
  readonly uid?: string;
  readonly conditions?: {
    readonly ready?: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  };
}

const READY = {ready: true, serving: true, terminating: false};

/**
 * What the endpointslice controller writes for a Service: a slice for each port number that its named port leads to, with the
 * pods that have it; a slice without pods is removed.
 */
export function putService(
  {slices}: KubernetesStandIn,
  service: string,
  pods: readonly PodOfService[],
  portName = 'http',
): void {
  const byPort = Map.groupBy(pods, ({url}) => Number(new URL(url).port));
  for (const slice of [...slices.objects.values()])
    if (slice.metadata.labels?.['kubernetes.io/service-name'] === service) slices.remove(slice);
  for (const [port, all] of byPort)
    slices.put({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${service}-${port}`,
        uid: `${service}-${port}`,
        resourceVersion: '',
        labels: {'kubernetes.io/service-name': service},
      },
      addressType: 'IPv4',
      ports: [{name: portName, protocol: 'TCP', port}],
      endpoints: all.map(({url, uid = `pod-${port}`, conditions}) => ({
        addresses: [new URL(url).hostname],
        conditions: {...READY, ...conditions},
        targetRef: {kind: 'Pod', name: uid, namespace: 'ratchet', uid},
      })),
    });
}
