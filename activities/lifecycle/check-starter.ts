import {actDigest} from '../../core/access/signed-act.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {proveAct} from '../../stores/prove-act.ts';
import {auditOnce} from '../approval/audit-once.ts';
import {currentRules, type RulesContext} from '../access/current-rules.ts';

/**
 * Whoever starts a run by hand proves who they are and that they may, where the project names people: the starter may not
 * approve alone, so nobody may start under another's name. One signature starts one run. Throws NotPermitted.
 */
export async function checkStarter(
  {
    run,
    input,
    since,
  }: {
    readonly run: string;
    readonly input: LifecycleInput;
    /** ISO 8601: when the run was recorded first. */
    readonly since: string;
  },
  context: RulesContext,
): Promise<void> {
  const {project, reason, signed, startedBy, starterKey} = input;
  if (reason !== 'hand' && reason !== 'first') return;
  const rules = await currentRules(context, project);
  // A retrain is signed before anybody knows what its run will be called; what it may start is one run all the same.
  const retrain = signed?.payload.act === 'retrain';
  const about: Record<string, string> = retrain
    ? {request: signed.payload.about['request'] ?? ''}
    : {run, settings: input.resolved.sha256};
  const act = retrain ? 'retrain' : 'run';
  const proof = proveAct(
    rules,
    {project, act, about, target: null},
    {by: startedBy, signed, now: Date.now()},
  );
  if (proof.status === 'unsigned') return;
  if (proof.status === 'refused') throw no(run, proof.reason);
  if (proof.by !== startedBy || proof.signed.payload.key !== starterKey)
    throw no(
      run,
      `it says that ${startedBy} starts it (key ${starterKey || 'none'}), the signature is ${proof.by}'s`,
    );
  const digest = actDigest(proof.signed.payload);
  const expiry = Date.parse(proof.signed.payload.expiry);
  // Else a use of long ago could lie before everything that is looked at.
  if (retrain && expiry > Date.now() + LIFETIME_MS)
    throw no(run, `the signature is good until ${proof.signed.payload.expiry}, expected a day at most`);
  const entry = await auditOnce(context.stores, {
    ...{project, kind: 'run_start', actor: proof.by, once: `run_start/${digest}`},
    since: new Date(Math.min(Date.parse(since), expiry - LIFETIME_MS)).toISOString(),
    data: {run, signed: proof.signed},
  });
  if (entry.data['run'] !== run) throw no(run, `the same signature has started ${String(entry.data['run'])}`);
}

/** A retrain is signed for a day at most, so it cannot have been used earlier than that before its end. */
const LIFETIME_MS = 24 * 3_600_000;

function no(run: string, why: string): RatchetError {
  return new RatchetError('NotPermitted', `${run} is not started: ${why}`);
}
