import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {tell, type Telling} from '../notify/tell.ts';

/** People are told, once a run, and the work ends: throws BudgetExceeded with `reason`. */
export async function overBudget(
  {
    project,
    run,
    workflow,
    reason,
  }: {
    readonly project: string;
    readonly run: string | null;
    /** What it is told of where no run asked for it. */
    readonly workflow: string;
    readonly reason: string;
  },
  context: Telling,
): Promise<never> {
  const of = run ?? workflow;
  await tell(
    {
      id: `budget/${of}`,
      event: 'budget',
      project,
      at: new Date().toISOString(),
      facts: {run: of, reason: reason.slice(0, 300)},
    },
    context,
  );
  throw new RatchetError(ErrorType.BudgetExceeded, reason);
}
