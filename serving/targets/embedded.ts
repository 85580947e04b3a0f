import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import {AdapterClient} from './adapter-http.ts';
import type {DeployTarget} from './deploy-target.ts';
import {engineSet} from './engine-set.ts';

/**
 * The embedded engines of this machine: several processes, one adapter folder. Refuses a release whose adapter has no GGUF form
 * (InvalidInput).
 */
export function embeddedTarget(options: {
  /** Base URLs. */
  readonly engines: readonly string[];
  readonly artifacts: Artifacts;
  readonly adapterFolder: string;
  readonly apiKey?: string;
}): DeployTarget {
  const clients = options.engines.map((url) => new AdapterClient(url, options.apiKey));
  const engines = engineSet({...options, engines: clients});
  return {
    ...engines,
    async ensureAdapter(release) {
      if (release.adapter?.gguf === null)
        throw new RatchetError(
          ErrorType.InvalidInput,
          `release ${short(release.digest)} has its adapter as safetensors alone, the embedded engine needs it as GGUF: name vLLM servers as engine.target, or train on a base that llama.cpp has a layout for`,
        );
      return engines.ensureAdapter(release);
    },
  };
}
