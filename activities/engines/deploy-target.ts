import type {Endpoint} from '../../serving/clients/kubernetes/service-endpoints.ts';
import type {DeployTarget} from '../../serving/targets/deploy-target.ts';
import {embeddedTarget} from '../../serving/targets/embedded.ts';
import {vllmTarget} from '../../serving/targets/vllm.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {serviceOf, type ProjectConfig} from '../../schemas/project.ts';
import type {ActivityContext} from '../context.ts';
import {readyNow} from './find-engines.ts';

/**
 * Where this project's releases are made to answer: on all engines there are, unless one is named. Throws InvalidInput if the
 * worker knows no engine.
 */
export function deployTarget(
  context: ActivityContext,
  config: Pick<ProjectConfig, 'engine'>,
  one?: Endpoint,
): DeployTarget {
  const {adapterFolder, adaptersOnEngines, engineKey, stores} = context;
  const options = {
    adapterFolder,
    artifacts: stores.artifacts,
    ...(engineKey === undefined ? {} : {apiKey: engineKey}),
  };
  const seenOnEngines = adaptersOnEngines === undefined ? {} : {folderOnEngines: adaptersOnEngines};
  const service = serviceOf(config);
  if (service !== null) {
    const ready = async () => (one === undefined ? await readyNow(service) : [one]).map(({url}) => url);
    return vllmTarget({...options, ...seenOnEngines, engines: ready});
  }
  const engines = one === undefined ? context.engines : [one.url];
  if (engines.length === 0) {
    throw new RatchetError(
      'InvalidInput',
      'this worker knows no engine (RATCHET_ENGINES): start one, or name its base URL',
    );
  }
  if (config.engine.target === 'embedded') return embeddedTarget({...options, engines});
  return vllmTarget({...options, ...seenOnEngines, engines});
}
