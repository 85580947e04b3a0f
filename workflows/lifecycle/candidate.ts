import type {FormerOutcome} from '../../schemas/lifecycle.ts';
import type {CurateResult} from '../../schemas/stages/curate.ts';
import type {TrainingResult} from '../../schemas/training.ts';
import type {Run} from './run.ts';

export interface Candidate {
  readonly data: CurateResult;
  /** Its digest. */
  readonly release: string;
  /** What became of it, if it is or was stable. */
  readonly former: FormerOutcome | null;
}

/** 3. The candidate. One that is or was stable has been approved and rolled out: what became of it comes back. */
export async function candidate(
  run: Run,
  data: CurateResult,
  trained: TrainingResult | null,
): Promise<Candidate> {
  const {
    store,
    input: {project, resolved},
  } = run;
  const adapter = trained?.adapter ?? null;
  const {digest: release} = await store.makeRelease.executeWithOptions(
    {summary: 'put model, prompts and guardrails together: the candidate'},
    [
      {
        project,
        resolved,
        adapter,
        parent: run.plan.stable,
        ...(adapter === null ? {dataset: data.dataset} : {}),
      },
    ],
  );
  run.tag({release});
  await run.record('dataset and candidate', {dataset: data.dataset, release});
  const former = await store.findFormer.executeWithOptions(
    {summary: 'whether the candidate was stable before'},
    [{project, release}],
  );
  return {data, release, former};
}
