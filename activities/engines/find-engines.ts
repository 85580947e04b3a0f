import {
  serviceEndpoints,
  type Endpoint,
  type ServiceEndpoints,
} from '../../serving/clients/kubernetes/service-endpoints.ts';
import {serviceOf, type KubernetesService, type ProjectConfig} from '../../schemas/project.ts';
import type {ActivityContext} from '../context.ts';

/** A gauntlet asks thousands of questions: so long the cluster is not asked again who answers them. */
const FRESH_MS = 2_000;

interface Found {
  readonly at: number;
  readonly engines: readonly Endpoint[];
}
const services = new Map<string, Promise<ServiceEndpoints>>();
const found = new Map<string, Found>();

/** The engines that there are: those that the worker knows (maybe none), or a Service's, as they were up to two seconds ago. */
export async function findEngines(
  {engines}: Pick<ActivityContext, 'engines'>,
  config: Pick<ProjectConfig, 'engine'>,
): Promise<readonly Endpoint[]> {
  const service = serviceOf(config);
  if (service === null) return engines.map((url) => ({id: url, url}));
  const last = found.get(JSON.stringify(service));
  if (last !== undefined && Date.now() - last.at < FRESH_MS) return last.engines;
  return readyNow(service);
}

/** A Service's ready endpoints, asked of the cluster now. Throws as ServiceEndpoints.ready() does. */
export async function readyNow(of: KubernetesService): Promise<readonly Endpoint[]> {
  const key = JSON.stringify(of);
  const service = services.get(key) ?? serviceEndpoints(of);
  services.set(key, service);
  service.catch(() => services.delete(key));
  const engines = await (await service).ready();
  found.set(key, {at: Date.now(), engines});
  return engines;
}
