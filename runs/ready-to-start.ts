import type {RunPart} from '../schemas/stage.ts';
import type {Project} from '../stack/project-file.ts';
import {projectStores} from '../stack/project-stores.ts';
import {provedActor, type ProvedActor} from '../stores/access/proved-actor.ts';
import type {Signer} from '../stores/access/sign-act.ts';
import {signedPolicy} from '../stores/access/signed-policy.ts';
import type {Stores} from '../stores/stores.ts';
import {refuseMissingSources} from './refuse-missing-sources.ts';
import {nobodyElse, whoMayApprove} from './who-may-approve.ts';

/**
 * What a run by hand needs, checked before anything is started for it: files of its sources, people who may approve, the right
 * to start it, a signed policy, and a store. Throws in one line where something is missing; `warn` gets what does not keep the
 * run from starting.
 */
export async function readyToStart(
  project: Project,
  {
    key,
    part: {from, only},
    warn,
  }: {
    readonly key: string | Signer | undefined;
    readonly part: RunPart;
    readonly warn: (line: string) => void;
  },
): Promise<{readonly stores: Stores; readonly by: ProvedActor}> {
  // A run that begins later reads no source.
  if (from === undefined && only === undefined)
    await refuseMissingSources(project, project.config.sources, warn);
  const may = await whoMayApprove(project);
  const stores = await projectStores(project);
  const by = await provedActor(project, stores, {act: 'run', key});
  await signedPolicy(project, stores);
  const warning = nobodyElse(project, may, by);
  if (warning !== undefined) warn(warning);
  await stores.objects.probe();
  return {stores, by};
}
