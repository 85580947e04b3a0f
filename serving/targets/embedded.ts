import type {Artifacts} from '../../stores/artifacts.ts';
import {AdapterClient} from './adapter-http.ts';
import type {DeployTarget} from './deploy-target.ts';
import {engineSet} from './engine-set.ts';

/** The embedded engines of this machine: several processes, one adapter folder. */
export function embeddedTarget(options: {
  /** Base URLs. */
  readonly engines: readonly string[];
  readonly artifacts: Artifacts;
  readonly adapterFolder: string;
}): DeployTarget {
  return engineSet({...options, engines: options.engines.map((url) => new AdapterClient(url))});
}
