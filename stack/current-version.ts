import {deployedVersions, makeCurrent, versionless} from '../temporal/deployed-versions.ts';
import {connected} from './temporal.ts';
import type {TemporalAccess} from './temporal.ts';

/**
 * A health check of the workflow worker that makes its version the current one, once: after a crash it must not undo what an
 * operator has chosen meanwhile. Rejects as long as Temporal does not know the version yet, or does not let this client.
 */
export function currentOnce(access: TemporalAccess, project: string, build: string): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    const {workflowService: service} = await connected(access);
    const of = {service, namespace: access.namespace, project};
    if ((await versionless(of)) === null) {
      const known = (await deployedVersions(of)).find((version) => version.build === build);
      if (known === undefined) throw new Error(`build ${build} does not poll yet`);
      const made = known.status === 'current' ? known : await makeCurrent(of, build);
      if (made.status === 'unknown') throw new Error(`build ${build} is not registered yet`);
      if (made.status === 'refused')
        throw new Error(`Temporal refuses to make build ${build} current: ${made.reason}`);
    }
    done = true;
  };
}
