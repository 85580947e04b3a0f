import {short} from '../../schemas/names.ts';
import type {StageRequest} from '../../schemas/stage.ts';
import type {CurateResult} from '../../schemas/stages/curate.ts';
import {curate} from '../curate.ts';
import type {Run} from './run.ts';

/** 1. Data: only records that no former version processed cost anything. */
export async function data(run: Run): Promise<CurateResult> {
  const {input, board} = run;
  const planned = async (): Promise<StageRequest> => {
    const {processed, reused, records, golden, plan} = await run.sources.planCuration.executeWithOptions(
      {summary: 'see which records are new'},
      [{input}],
    );
    board.set('curate', {note: `${processed} new records, ${reused} known ones`});
    return run.request('curate', {records, golden}, {plan});
  };
  const made = input.given
    ? await run.taken('curate', input.given.curate)
    : await run.stage(
        'curate',
        curate,
        planned,
        (d) => `${d.rowsKept} of ${d.rowsIn} rows kept, dataset ${short(d.dataset)}`,
      );
  run.tag({dataset: made.dataset});
  return made;
}
