import {z} from 'zod';
import {billOf, costOf} from '../../core/cost/bill.ts';
import {amount, exceeded, spentLine, type SpentSoFar} from '../../core/cost/budget.ts';
import {
  estimateAnswers,
  estimateTraining,
  rowsPerStep,
  trainingSteps,
  type Estimated,
} from '../../core/cost/estimate.ts';
import {NOTHING} from '../../core/cost/spent.ts';
import type {SpendDocument} from '../../schemas/cost.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {thisMachine} from '../machine.ts';
import {parse} from '../parse.ts';
import {Checkpoints} from '../train/checkpoints.ts';

const Input = z.object({
  request: StageRequest,
  key: z.string(),
  /** Rows of the training set, or answers that the gauntlet asks for. */
  units: z.int().nonnegative(),
});

/**
 * What a stage is expected to take, kept beside what it will have taken. Throws BudgetExceeded where that is measured and
 * does not fit into what is left of the budget; where nothing like it was measured, only a budget that is used up stops it.
 */
export async function estimateStage(
  input: {readonly request: StageRequest; readonly key: string; readonly units: number},
  context: ActivityContext,
  activity: Activity,
): Promise<{readonly line: string}> {
  const {request, key, units} = parse(Input, input, 'estimateStage');
  const {costs, artifacts} = context.stores;
  const {config, base} = await artifacts.getJson(request.resolved, ResolvedProject);
  const former: SpendDocument[] = [];
  for await (const document of costs.documents(request.project)) former.push(document);
  const training = request.stage === 'train';
  const place = {base: base.sha256, cpu: thisMachine().cpu};
  const perStep = rowsPerStep(config.training);
  const reckon = (steps: number): Estimated => estimateTraining(former, {steps, perStep, place});
  const steps = trainingSteps(config.training, units);
  const whole = training ? reckon(steps) : estimateAnswers(former, units);
  const run = request.run ?? null;
  await costs.keepEstimate({
    ...{v: 1, project: request.project, workflow: activity.workflowId, run, stage: request.stage},
    ...{at: new Date().toISOString(), ...whole},
  });

  const soFar = await costs.soFar(request.project, {run, workflows: [activity.workflowId]});
  const {currency} = config.prices;
  const said = `about ${amount(billOf(whole.spent, config).cost)} ${currency}: ${whole.basis}`;
  // Batches that were answered before are found, and how many is only seen on the way: a gauntlet stops between two.
  const done = training ? await new Checkpoints(context.stores, request.project, key).lastStep() : 0;
  const rest = !training || whole.rough ? NOTHING : reckon(Math.max(0, steps - done)).spent;
  refuse({
    ...{config, soFar, said, stage: request.stage, project: request.project},
    more: {cost: costOf(rest, config), gpuHours: rest.gpuSeconds / 3600},
  });
  return {line: `estimate: ${said}`};
}

function refuse({
  config,
  soFar,
  more,
  said,
  stage,
  project,
}: {
  readonly config: ResolvedProject['config'];
  readonly soFar: SpentSoFar;
  readonly more: {readonly cost: number; readonly gpuHours: number};
  readonly said: string;
  readonly stage: string;
  readonly project: string;
}): void {
  const over = exceeded(config.budget, config, soFar, more);
  if (over === null) return;
  throw new RatchetError(
    ErrorType.BudgetExceeded,
    `${stage} takes ${said}; ${spentLine(over)}: raise ${over.key} in ratchet.yaml and \`ratchet run ${project}\` again, what is finished is found`,
  );
}
