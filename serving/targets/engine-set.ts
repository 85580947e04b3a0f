import {join} from 'node:path';
import {adapterName} from '../../core/identity/release-digest.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {AdapterClient, ServedModel} from './adapter-http.ts';
import {PROBES, type DeployTarget, type Proof, type Served} from './deploy-target.ts';
import {bringAdapter} from './resolver.ts';

export interface EngineSetOptions {
  /** All of them; a function where they come and go: it is asked by every call. */
  readonly engines: readonly AdapterClient[] | (() => Promise<readonly AdapterClient[]>);
  readonly artifacts: Artifacts;
  /** Where adapters are brought to, as this process sees the folder… */
  readonly adapterFolder: string;
  /** …and as the engines see it, where that differs (a shared volume mounted elsewhere). */
  readonly folderOnEngines?: string;
}

/** Smaller differences than this (nats a token) are no adapter, even on an engine that is deterministic. */
const LEAST_DIFFERENCE = 1e-5;
/** Engines whose results depend on what else is in the batch: an adapter must stand out by so many times that. */
const NOISE_FACTOR = 3;

/** Engines that speak vLLM's adapter interface and read adapters from a folder on their own disk. */
export function engineSet(options: EngineSetOptions): DeployTarget {
  const {engines, artifacts, adapterFolder, folderOnEngines = adapterFolder} = options;
  if (typeof engines !== 'function' && engines.length === 0)
    throw new RatchetError(ErrorType.InvalidInput, 'no engine to deploy to: name at least one base URL');

  async function everywhere<T>(act: (engine: AdapterClient) => Promise<T>): Promise<T[]> {
    const all = typeof engines === 'function' ? await engines() : engines;
    const results = await Promise.allSettled(all.map(act));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return results.map((result) => (result as PromiseFulfilledResult<T>).value);
  }

  async function give(engine: AdapterClient, held: readonly ServedModel[], name: string): Promise<void> {
    if (!held.some(({id}) => id === name)) await engine.load(name, join(folderOnEngines, name));
  }

  return {
    async ensureAdapter(release: Served): Promise<string> {
      const {adapter, project} = release;
      if (adapter === null) return (await everywhere((engine) => engine.baseName()))[0]!;
      const name = adapterName(project, adapter.digest);
      await bringAdapter(artifacts, adapterFolder, project, adapter);
      await everywhere(async (engine) => give(engine, await engine.models(), name));
      return name;
    },

    async unload(model: string): Promise<void> {
      await everywhere(async (engine) => {
        if ((await engine.baseName()) !== model) await engine.unload(model);
      });
    },

    async prove(release: Served, probes: readonly string[] = PROBES): Promise<readonly Proof[]> {
      const {adapter, project} = release;
      if (adapter === null) return [];
      const name = adapterName(project, adapter.digest);
      return everywhere(async (engine) => {
        const base = await engine.baseName();
        // One that has come since ensureAdapter has not got it.
        await give(engine, await engine.models(), name);
        const read = async (model: string) => {
          const values: number[] = [];
          for (const probe of probes) values.push(...(await engine.echo(model, probe)));
          return values;
        };
        const [plain, again, adapted] = [await read(base), await read(base), await read(name)];
        const proof = {
          engine: engine.url,
          difference: distance(plain, adapted),
          noise: distance(plain, again),
        };
        if (proof.difference > Math.max(LEAST_DIFFERENCE, NOISE_FACTOR * proof.noise)) return proof;
        throw new RatchetError(
          ErrorType.AdapterNotServed,
          `${engine.url} answers as ${name} just as the base does (mean difference ${proof.difference.toExponential(1)} ` +
            `nats a token, ${proof.noise.toExponential(1)} between two readings of the base): it serves the base, or the ` +
            'adapter changes nothing',
        );
      });
    },
  };
}

function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) return a.length === b.length ? 0 : Infinity;
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}
