import {KubernetesApi} from '../../serving/clients/kubernetes/api.ts';
import {kubernetesConnection} from '../../serving/clients/kubernetes/credentials.ts';
import type {ActivityContext} from '../context.ts';
import type {TrainingBackend} from './backend.ts';
import {readJobTemplate} from './kubernetes/job-manifest.ts';
import {KubernetesBackend} from './kubernetes/kubernetes-backend.ts';
import {ProcessBackend} from './process-training.ts';

/** Where this worker trains: Kubernetes Jobs where it is given a template for them, else processes of its own. */
export async function trainingBackend(
  context: Pick<ActivityContext, 'folder' | 'stores' | 'jobFolder' | 'environment'>,
): Promise<TrainingBackend> {
  const {trainingJob} = context.environment;
  if (trainingJob === undefined) return new ProcessBackend(context);
  return new KubernetesBackend({
    api: new KubernetesApi(await kubernetesConnection()),
    template: await readJobTemplate(trainingJob),
    stores: context.stores,
  });
}
