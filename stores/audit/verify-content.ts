import {engineModelsOf} from '../../core/releases/models.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import type {Release} from '../../schemas/release.ts';
import {Report} from '../../schemas/report.ts';
import type {Approval} from './approval-history.ts';
import {JSON_TYPE} from '../objects/artifacts.ts';
import {datasetAmiss} from './prove-dataset.ts';
import {originAmiss} from '../registry/registry.ts';
import type {Stores} from '../stores.ts';

type ContentStores = Pick<Stores, 'artifacts' | 'registry'>;

/** `serving`: what stable, canary and shadow name. `all`: what can be rolled back to, too. */
export type Content = 'serving' | 'all';

/**
 * What is wrong with what the deployment's releases are made of, a line each: each release by its digest, the bytes of its
 * adapter, the dataset version that trained it, and the report that its approval binds; the base model where the store holds
 * it. Files are read as streams, one after another, each once.
 */
export async function verifyContent(
  stores: ContentStores,
  {project, stable, canary, shadow, former}: Deployment,
  {
    content,
    approvalOf,
  }: {readonly content: Content; readonly approvalOf: (release: string) => Approval | null},
): Promise<string[]> {
  const named = [stable, canary?.release, shadow?.release, ...(content === 'all' ? former : [])];
  const amiss: string[] = [];
  const seen = new Map<string, string | null>();
  const once = async (name: string, check: () => Promise<string | null>): Promise<string | null> => {
    let found = seen.get(name);
    if (found === undefined) seen.set(name, (found = await unlessDamaged(check)));
    return found;
  };
  for (const digest of new Set(named.filter((one) => one !== undefined))) {
    const note = (what: string, reason: string | null): void => {
      if (reason !== null) amiss.push(`release ${short(digest)}: ${what}: ${reason}`);
    };
    const release: {value?: Release} = {};
    note(
      'its document',
      await unlessDamaged(async () => {
        release.value = await stores.registry.release(project, digest);
        return originAmiss(release.value);
      }),
    );
    const approval = approvalOf(digest);
    if (approval !== null)
      note('its report', await unlessDamaged(() => reportAmiss(stores, project, approval)));
    if (release.value === undefined) continue;
    const {createdFrom} = release.value;
    for (const {base, adapter} of engineModelsOf(release.value)) {
      note('its base model', await once(base.sha256, () => baseAmiss(stores, base.sha256)));
      const files = [adapter?.safetensors, adapter?.config, adapter?.gguf].flatMap((file) => file ?? []);
      for (const file of new Map(files.map((one) => [one.sha256, one])).values())
        note('its adapter', await once(file.sha256, () => checked(stores, file)));
      if (adapter !== null && adapter.safetensors.sha256 !== adapter.digest)
        note(
          'its adapter',
          `its weights have another digest (${short(adapter.safetensors.sha256)}) than its name`,
        );
    }
    if (createdFrom !== null)
      note(
        `dataset ${short(createdFrom)}`,
        await once(createdFrom, () => versionAmiss(stores, project, createdFrom)),
      );
  }
  return amiss;
}

/** Why the report that an approval binds does not say `pass` of its release; null if it does. Throws for one that is damaged. */
export async function reportAmiss(
  {artifacts}: Pick<Stores, 'artifacts'>,
  project: string,
  {report: digest, release}: Approval,
): Promise<string | null> {
  const ref = await artifacts.byDigest(digest, JSON_TYPE);
  if (ref === null) return `report ${short(digest)}, which its approval binds, is not in the store`;
  const report = await artifacts.getJson(ref, Report);
  return report.project === project && report.release === release && report.verdict === 'pass'
    ? null
    : `report ${short(digest)}, which its approval binds, says ${report.verdict} of release ${short(report.release)} of ${report.project}`;
}

async function versionAmiss(stores: ContentStores, project: string, digest: string): Promise<string | null> {
  const version = await stores.registry.dataset(project, digest);
  return (await datasetAmiss(stores, version)) ?? checked(stores, version.golden);
}

/** A base model lies beside the engines; where the store holds it, under its digest. */
async function baseAmiss(stores: ContentStores, sha256: string): Promise<string | null> {
  const ref = await stores.artifacts.byDigest(sha256, 'application/octet-stream');
  return ref === null ? null : checked(stores, ref);
}

async function checked({artifacts}: ContentStores, ref: ArtifactRef): Promise<null> {
  await artifacts.check(ref);
  return null;
}

/** What is damaged or gone is an answer; a store that cannot be reached is not. */
export async function unlessDamaged(check: () => Promise<string | null>): Promise<string | null> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof RatchetError && !error.retryable && error.type !== 'AccessDenied')
      return error.message;
    throw error;
  }
}
