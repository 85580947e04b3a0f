import type {Artifacts} from '../../stores/objects/artifacts.ts';
import {AdapterClient} from './adapter-http.ts';
import type {DeployTarget} from './deploy-target.ts';
import {engineSet} from './engine-set.ts';

/**
 * vLLM servers, started with `--enable-lora --max-lora-rank R` and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True. `lora_path` is a
 * path on vLLM's own disk: `adapterFolder` must be a volume that both mount. vLLM's `--api-key` guards /v1 only, and whoever
 * reaches load_lora_adapter may load anything: keep it behind the gateway. Where servers come and go, as those behind a
 * Kubernetes Service, `engines` finds them anew with every call, so that one that was added or replaced is served.
 * Written against vLLM's sources and documentation and tested with a stand-in that behaves as they say; a real vLLM was not
 * run.
 */
export function vllmTarget(options: {
  /** Base URLs; a function throws Unavailable where there is none. */
  readonly engines: readonly string[] | (() => Promise<readonly string[]>);
  readonly artifacts: Artifacts;
  /** The shared folder, as this process sees it… */
  readonly adapterFolder: string;
  /** …and as vLLM does, if its mount point differs. */
  readonly folderOnEngines?: string;
  readonly apiKey?: string;
}): DeployTarget {
  const {engines, apiKey} = options;
  const clients = (urls: readonly string[]) => urls.map((url) => new AdapterClient(url, apiKey));
  return engineSet({
    ...options,
    engines: typeof engines === 'function' ? async () => clients(await engines()) : clients(engines),
  });
}
