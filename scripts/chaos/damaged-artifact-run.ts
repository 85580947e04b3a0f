import type {ArtifactRef} from '../../schemas/artifact.ts';
import {GauntletResult} from '../../schemas/report.ts';
import {StoredEntry} from '../../stores/registry/cache.ts';
import {readDocument} from '../../stores/objects/documents.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {RunsClient} from '../../client/runs.ts';
import {attended, cameTo} from './attended.ts';
import type {Damage} from './cases.ts';
import {endOf} from './end-of-run.ts';
import {inTheMiddle, type Counted} from './moments.ts';
import {begin, onScene, type CaseRun, type Scene} from './scene.ts';

const LOOK_MS = 100;

/**
 * Artifacts of finished stages are damaged in the store while no run is at work; then the run is begun anew.
 *
 * - `truncated`: the largest one of each stage holds half of its bytes. Their size tells: none counts as found, their stages run
 *   again, and the store is whole afterwards.
 * - `swapped`: a shard of the rows holds other bytes of the same length. That tells only who reads it: the run must fail with
 *   one line that says what to do, and train on nothing. When that is done, the run comes to its end.
 */
export function damagedArtifactRun(damage: Damage): Promise<CaseRun> {
  return onScene((scene) => (damage === 'truncated' ? truncated(scene) : swapped(scene)));
}

async function truncated(scene: Scene): Promise<CaseRun> {
  const stores = await openStores(scene.stack.project.store);
  await cancelled(scene, 'approval');
  const refs = [
    await largest(stores, 'curate'),
    await largest(stores, 'train'),
    await largest(stores, 'gauntlet'),
  ];
  for (const ref of refs) await exchange(stores, ref, (bytes) => bytes.subarray(0, bytes.length >> 1));
  const told = await refusal(stores, refs[1]!);
  const again = {...scene, began: Date.now()};
  const came = await cameTo(again, await attended(scene, await begin(scene)));
  const broken = (await Promise.all(refs.map((ref) => refusal(stores, ref)))).filter((said) => said !== null);
  return {
    ...came,
    wrong: [...came.wrong, ...noticed(told), ...broken.map((said) => `an artifact was not rebuilt: ${said}`)],
    told: `${told}; ${refs.length} artifacts rebuilt`,
  };
}

async function swapped(scene: Scene): Promise<CaseRun> {
  const stores = await openStores(scene.stack.project.store);
  await cancelled(scene, 'train');
  const ref = await largest(stores, 'curate');
  // Still rows, of the same length: nobody but the digest can tell.
  await exchange(stores, ref, (bytes) => Buffer.from(flipped(new TextDecoder().decode(bytes))));
  const told = await endOf(scene.client, await begin(scene));
  // As the line says.
  await stores.objects.delete(ref.uri);
  const again = {...scene, began: Date.now()};
  const came = await cameTo(again, await attended(scene, await begin(scene)));
  const kept = await refusal(stores, ref);
  return {
    ...came,
    wrong: [
      ...came.wrong,
      ...noticed(told),
      ...(kept === null ? [] : [`the artifact was not rebuilt: ${kept}`]),
    ],
    told,
  };
}

/** A run that is cancelled in the middle of a stage: those before it are finished and found by the next run. */
async function cancelled(scene: Scene, stage: Counted): Promise<void> {
  const run = await begin(scene);
  for await (const view of new RunsClient({client: scene.client}).follow(run, {everyMs: LOOK_MS})) {
    if (inTheMiddle(view, stage) === null) continue;
    await scene.client.workflow.getHandle(run).cancel();
    await endOf(scene.client, run);
    return;
  }
  throw new Error(`the run was never in the middle of ${stage}`);
}

/** The largest artifact of a stage's only result; of the gauntlet, whose report and pages tell of times, of its samples. */
async function largest({objects}: Stores, stage: 'curate' | 'train' | 'gauntlet'): Promise<ArtifactRef> {
  const refs: ArtifactRef[] = [];
  for await (const key of objects.list(`cache/${stage}/`)) {
    const entry = (await readDocument(objects, key, StoredEntry))!.value;
    const pages = stage === 'gauntlet' ? pagesOf(GauntletResult.parse(entry.result)) : [];
    refs.push(...entry.artifacts.filter(({sha256}) => !pages.includes(sha256)));
  }
  const found = refs.sort((a, b) => b.bytes - a.bytes)[0];
  if (found === undefined) throw new Error(`${stage} left no artifact`);
  return found;
}

function pagesOf({report, html, markdown, modelCard}: GauntletResult): string[] {
  return [report, html, markdown, modelCard].map(({sha256}) => sha256);
}

async function exchange(
  {objects}: Stores,
  {uri}: ArtifactRef,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const {bytes} = (await objects.get(uri))!;
  await objects.put(uri, change(bytes));
}

/** Some digits are others: still lines of JSON, of the same length. */
function flipped(text: string): string {
  return text.replaceAll(/[12]/g, (digit) => (digit === '1' ? '2' : '1'));
}

/** What a reader of this artifact is told; null where it is whole. */
async function refusal({artifacts}: Stores, ref: ArtifactRef): Promise<string | null> {
  return artifacts.getBytes(ref).then(
    () => null,
    (error: Error) => error.message,
  );
}

function noticed(told: string | null): string[] {
  return told !== null && /its reference says sha256 .*restore it, or delete it and run again/.test(told)
    ? []
    : [`the damage was not told: ${told ?? 'nothing was said'}`];
}
