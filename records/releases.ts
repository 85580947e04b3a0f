import {adapterOf, isOpen, modelsOf} from '../core/releases/models.ts';
import type {Deployment} from '../schemas/deployment.ts';
import type {Report} from '../schemas/report.ts';
import {provenReport} from '../stores/audit/prove-report.ts';
import {retirementOf} from '../stores/registry/retirements.ts';
import type {Stores} from '../stores/stores.ts';

/** A release as a list shows it. */
export interface ListedRelease {
  readonly project: string;
  readonly digest: string;
  /** `stable 90 %`, `canary 10 %`, `shadow 100 %`, `former`, or `–`. */
  readonly serves: string;
  /** When and by whom it was retired; null where it was not. */
  readonly retired: Awaited<ReturnType<typeof retirementOf>>;
  /** Of its latest report; null where there is none. */
  readonly verdict: Report['verdict'] | null;
  /** Its models' names, comma-separated; empty: it answers nothing. */
  readonly base: string | null;
  readonly adapter: string | null;
  readonly dataset: string | null;
  readonly parent: string | null;
  readonly judgedAt: string | null;
  readonly report: string | null;
  /** Why its document is not what its digest says; null where it is. Then nothing of it is shown. */
  readonly amiss: string | null;
}

/** The releases of a project, the one that was judged last first. Throws DigestMismatch for a changed report. */
export async function listReleases(
  {artifacts, objects, registry, pointers}: Stores,
  project: string,
): Promise<ListedRelease[]> {
  const deployment = await pointers.read(project);
  const found = await Array.fromAsync(registry.releases(project));
  const listed = await Promise.all(
    found.map(async ({digest, release, amiss}): Promise<ListedRelease> => {
      const latest = (await registry.reports(project, digest)).at(-1);
      return {
        project,
        digest,
        serves: serves(digest, deployment),
        retired: await retirementOf(objects, project, digest),
        verdict: latest ? (await provenReport(artifacts, latest)).verdict : null,
        base:
          release === null
            ? null
            : Object.values(modelsOf(release))
                .map((part) => (isOpen(part) ? part.name : part.model))
                .join(', '),
        adapter: release === null ? null : (adapterOf(release)?.digest ?? null),
        dataset: release?.createdFrom ?? null,
        parent: release?.parent ?? null,
        judgedAt: latest?.at ?? null,
        report: latest?.result.report.sha256 ?? null,
        amiss,
      };
    }),
  );
  return listed.sort((a, b) => ((a.judgedAt ?? '') < (b.judgedAt ?? '') ? 1 : -1));
}

function serves(release: string, deployment: Deployment | null): string {
  if (!deployment) return '–';
  const {stable, canary, shadow, former} = deployment;
  const parts = [
    ...(stable === release ? [`stable ${100 - (canary?.weight ?? 0)} %`] : []),
    ...(canary?.release === release ? [`canary ${canary.weight} %`] : []),
    ...(shadow?.release === release ? [`shadow ${shadow.weight} %`] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return former.includes(release) ? 'former' : '–';
}
