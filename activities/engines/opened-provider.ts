import {RatchetError} from '../../schemas/errors.ts';
import type {NamedModel} from '../../schemas/project.ts';
import type {ProviderModel} from '../../schemas/release.ts';
import {Providers, type OpenedProvider} from '../../serving/clients/providers/providers.ts';
import type {ActivityContext} from '../context.ts';

/** Of a worker, by what ratchet.yaml says of the models. */
const opened = new WeakMap<ActivityContext, Map<string, Providers>>();

/** A vendor's model of a release. Throws InvalidInput with the model's name and what the environment lacks. */
export function openedProvider(
  context: ActivityContext,
  models: Readonly<Record<string, NamedModel>>,
  {name, part}: {readonly name: string; readonly part: ProviderModel},
): OpenedProvider {
  const ofWorker = opened.get(context) ?? new Map<string, Providers>();
  opened.set(context, ofWorker);
  const as = JSON.stringify(models);
  const providers = ofWorker.get(as) ?? new Providers(models);
  ofWorker.set(as, providers);
  try {
    return providers.open(name, part);
  } catch (error) {
    if (!(error instanceof RatchetError)) throw error;
    throw new RatchetError(error.type, `models.${name}: ${error.message}`);
  }
}
