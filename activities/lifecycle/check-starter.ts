import {needsSignature} from '../../core/access/rights.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {proveAct, type Proof} from '../../stores/access/prove-act.ts';
import {originSeal, RUN_ORIGIN, RUN_START} from '../../stores/audit/run-starters.ts';
import {auditOnce} from '../approval/audit-once.ts';
import {currentRules} from '../access/current-rules.ts';
import {executionOf} from '../access/executions.ts';
import type {ActivityContext} from '../context.ts';
import {retrainOf, startsFor} from './retrain-of.ts';

type StarterContext = Pick<ActivityContext, 'client' | 'file' | 'folder' | 'rowKey' | 'stores'>;
interface StartedRun {
  readonly run: string;
  readonly input: LifecycleInput;
}

/**
 * Sees who starts a run, where the project names people, and audits it: the starter may not approve alone, so nobody may start
 * under another's name, or under nobody's. By hand they sign; one signature starts one run. What drift, new data or a schedule
 * starts is the child of the project's retrain. Throws NotPermitted.
 */
export async function checkStarter(asked: StartedRun, context: StarterContext): Promise<void> {
  const {reason} = asked.input;
  if (reason === 'hand' || reason === 'first') await checkPerson(asked, context);
  else await checkRetrain(asked, context);
}

async function checkPerson({run, input}: StartedRun, context: StarterContext): Promise<void> {
  const {project, signed, startedBy, starterKey} = input;
  const rules = await currentRules(context, project);
  const act = signed?.payload.act === 'retrain' ? 'retrain' : 'run';
  const request = signed?.payload.about['request'] ?? '';
  // A retrain is signed before anybody knows what its run will be called; what it may start is one run all the same.
  const about: Record<string, string> =
    act === 'retrain' ? {request} : {run, settings: input.resolved.sha256};
  const proof: Proof = proveAct(
    rules,
    {project, act, about, target: null},
    {by: startedBy, signed, now: Date.now()},
  );
  if (proof.status === 'unsigned') return;
  if (proof.status === 'refused') throw no(run, proof.reason);
  const {payload} = proof.signed;
  if (proof.by !== startedBy || payload.key !== starterKey)
    throw no(
      run,
      `it says that ${startedBy} starts it (key ${starterKey || 'none'}), the signature is ${proof.by}'s`,
    );
  if (act === 'retrain') await checkRequest(run, project, request, context);
  // What was signed starts one run, not the same workflow again with other data.
  const first = (await executionOf({workflowId: run}, context))?.firstRunId ?? '';
  const entry = await auditOnce(context.stores, {
    project,
    kind: RUN_START,
    actor: proof.by,
    once: `run_start/${proof.digest}`,
    data: {run, ...(first === '' ? {} : {execution: first}), signed: proof.signed},
  });
  const {run: started, execution} = entry.data;
  if (started !== run || (typeof execution === 'string' && first !== '' && execution !== first))
    throw no(run, `the same signature has started ${String(started)}${started === run ? ' before' : ''}`);
}

/** What was signed as a retrain starts none with settings or data of somebody's choice. */
async function checkRequest(
  run: string,
  project: string,
  request: string,
  context: StarterContext,
): Promise<void> {
  const found = await retrainOf({run, project}, context);
  if (typeof found === 'string') throw no(run, `a retrain was signed for, and ${found}`);
  const {type, workflowId} = found.starter;
  if (type !== 'startRetrain' || workflowId !== request)
    throw no(run, `the retrain was signed for ${request}, this one was started by ${workflowId}`);
}

async function checkRetrain({run, input}: StartedRun, context: StarterContext): Promise<void> {
  const {project, reason, startedBy, starterKey} = input;
  if (!needsSignature((await currentRules(context, project)).people)) return;
  if (startedBy !== reason || starterKey !== '')
    throw no(run, `it says that ${startedBy} starts it, and that it is for ${reason}: a person signs`);
  const found = await retrainOf({run, project}, context);
  const byHand = 'a person signs: ratchet run, or ratchet retrain';
  if (typeof found === 'string') throw no(run, `it says that it is for ${reason}, but ${found}; ${byHand}`);
  const {retrain, starter} = found;
  if (!startsFor(reason, project, starter))
    throw no(
      run,
      `it says that it is for ${reason}, but ${starter.workflowId} started its retrain; ${byHand}`,
    );
  const named = ({workflowId, runId}: {workflowId: string; runId: string}) => ({workflowId, runId});
  await auditOnce(context.stores, {
    project,
    kind: RUN_ORIGIN,
    actor: reason,
    once: `run_origin/${run}`,
    data: {
      run,
      reason,
      seal: originSeal(context.rowKey, {project, run, reason}),
      retrain: named(retrain),
      by: named(starter),
    },
  });
}

function no(run: string, why: string): RatchetError {
  return new RatchetError('NotPermitted', `${run} is not started: ${why}`);
}
