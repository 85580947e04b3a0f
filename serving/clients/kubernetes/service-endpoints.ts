import {z} from 'zod';
import {RatchetError} from '../../../schemas/errors.ts';
import type {KubernetesService} from '../../../schemas/project.ts';
import {KubernetesApi} from './api.ts';
import {kubernetesConnection} from './credentials.ts';
import {EndpointSlice} from './objects.ts';

/** Where a server answers. */
export interface Endpoint {
  /** Another one where another pod answers there: the pod's uid; the address where it is no pod's. */
  readonly id: string;
  readonly url: string;
}

const Slices = z.looseObject({items: z.array(EndpointSlice).nullish()});
type EndpointOfSlice = NonNullable<EndpointSlice['endpoints']>[number];

/** The Service is there and nobody answers for it, or it is not there. */
export class NoReadyEndpoint extends RatchetError {
  constructor(message: string) {
    super('Unavailable', message);
  }
}

/** The Service's endpoints, asked of the cluster's own API; throws InvalidInput where this process knows none. */
export async function serviceEndpoints(of: KubernetesService): Promise<ServiceEndpoints> {
  return new ServiceEndpoints(new KubernetesApi(await kubernetesConnection()), of);
}

/** A Service's endpoints, as its EndpointSlices (discovery.k8s.io/v1) say. */
export class ServiceEndpoints {
  readonly #api: KubernetesApi;
  readonly #service: string;
  readonly #namespace: string;
  readonly #port: string | undefined;

  constructor(api: KubernetesApi, {service, namespace, port}: KubernetesService) {
    this.#api = api;
    this.#service = service;
    this.#namespace = namespace ?? api.namespace;
    this.#port = port;
  }

  get name(): string {
    return `Service ${this.#service} in namespace ${this.#namespace}`;
  }

  /**
   * The endpoints that take requests now, one a pod, in the order of their addresses. Throws NoReadyEndpoint, InvalidInput
   * where the Service lacks the port, AccessDenied where the service account may not read them.
   */
  async ready(): Promise<readonly Endpoint[]> {
    const listed = await this.#api.send({
      path: `/apis/discovery.k8s.io/v1/namespaces/${this.#namespace}/endpointslices`,
      query: {labelSelector: `kubernetes.io/service-name=${this.#service}`},
    });
    if (listed === null)
      throw new RatchetError(
        'InvalidInput',
        'the Kubernetes API knows no discovery.k8s.io/v1 (404): expected Kubernetes 1.21 or newer behind the address',
      );
    const slices = Slices.parse(listed).items ?? [];
    const found = new Map<string, Endpoint>();
    // A pod of a dual-stack Service stands in a slice of either family, and in two of one while slices are rewritten.
    for (const family of ['IPv4', 'IPv6'])
      for (const slice of slices.filter(({addressType}) => addressType === family)) {
        const taking = (slice.endpoints ?? []).filter(takesRequests);
        if (taking.length === 0) continue;
        const port = this.#portOf(slice);
        for (const {addresses, targetRef} of taking) {
          // All addresses of an endpoint lead to the same; the first one is to be used.
          const url = `http://${family === 'IPv6' ? `[${addresses[0]}]` : addresses[0]}:${port}`;
          const id = targetRef?.uid ?? url;
          if (!found.has(id)) found.set(id, {id, url});
        }
      }
    if (found.size === 0) throw this.#none(slices);
    return [...found.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
  }

  close(): void {
    this.#api.close();
  }

  #portOf({ports}: EndpointSlice): number {
    const all = ports ?? [];
    const fitting = this.#port === undefined ? all : all.filter(({name}) => name === this.#port);
    const [port] = fitting;
    if (fitting.length === 1 && typeof port!.port === 'number') return port!.port;
    const has = all.map(({name}) => name || 'one without name').join(', ') || 'none';
    throw new RatchetError(
      'InvalidInput',
      this.#port === undefined
        ? `${this.name}: expected one port, it has ${has}: name one in engine.target.kubernetes.port`
        : `${this.name}: expected a port named ${this.#port} (engine.target.kubernetes.port), it has ${has}`,
    );
  }

  #none(slices: readonly EndpointSlice[]): NoReadyEndpoint {
    const kubectl = `kubectl -n ${this.#namespace}`;
    if (slices.length === 0)
      return new NoReadyEndpoint(
        `${this.name} has no EndpointSlice: there is no such Service, or it has no selector; see \`${kubectl} get service ${this.#service}\``,
      );
    const known = slices.flatMap(({endpoints}) => endpoints ?? []).length;
    return new NoReadyEndpoint(
      `${this.name} has no ready endpoint (${known} known): see the pods of \`${kubectl} describe service ${this.#service}\``,
    );
  }
}

/**
 * Unknown counts as ready and as not terminating. `ready` alone does not say: a Service with publishNotReadyAddresses has it
 * true for every endpoint, `serving` is the pod's own readiness.
 */
function takesRequests({conditions}: EndpointOfSlice): boolean {
  return conditions?.ready !== false && conditions?.serving !== false && conditions?.terminating !== true;
}
