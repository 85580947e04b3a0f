import {isUngated} from '../../core/releases/models.ts';
import type {RolloutInput} from '../../schemas/deployment.ts';
import {FormerOutcome} from '../../schemas/lifecycle.ts';
import {known} from '../../schemas/tolerant.ts';
import {readDocument, writeDocument} from '../../stores/objects/documents.ts';
import type {Stores} from '../../stores/stores.ts';

/** What became of a release, as far as this version knows it, in `outcomes/PROJECT/RELEASE.json`; null where nothing was kept. */
export async function readOutcome(
  {objects}: Stores,
  project: string,
  release: string,
): Promise<FormerOutcome | null> {
  const found = await readDocument(objects, outcomeKey(project, release), FormerOutcome);
  return found && known(FormerOutcome).parse(found.value);
}

export async function writeOutcome(
  {objects}: Stores,
  project: string,
  outcome: FormerOutcome,
): Promise<void> {
  await writeDocument(objects, outcomeKey(project, outcome.release), FormerOutcome, outcome);
}

/**
 * The outcome of a release that is about to be promoted, without the rollout's steps, which its run adds. It counts only
 * from the promotion on; kept before, it leaves no moment in which a stable release lacks what it was judged against.
 */
export async function keepPromotion(input: RolloutInput, stores: Stores): Promise<void> {
  const {project, release, stable, runId: run, proof} = input;
  const judgedAgainst = await stores.registry.release(project, stable);
  await writeOutcome(stores, project, {
    v: 1,
    release,
    run,
    first: isUngated(judgedAgainst),
    ...proof,
    rollout: {
      status: 'promoted',
      release,
      steps: [],
      reason: 'promoted; its run ended before it kept the steps',
    },
  });
}

function outcomeKey(project: string, release: string): string {
  return `outcomes/${project}/${release}.json`;
}
