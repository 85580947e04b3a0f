import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {MonitorInput, MonitorLook} from '../schemas/drift.ts';
import {CHECK_NOW, LAST_LOOK, PROGRESS, RESET_CIRCUIT} from '../schemas/messages.ts';
import type {PersonActs, Progress} from '../schemas/messages.ts';
import {refused, Watch} from './monitor/watch.ts';
import {misshapenAct} from './person-acts.ts';
import {ratchetAttributes} from './search-attributes.ts';

/** A look is a handful of events; a history is closed long before Temporal insists. */
const LOOKS_A_RUN = 100;

/**
 * Looks at what answers, for as long as the project lives: compares windows, and starts a retrain when something drifted or
 * the sources hold new data, at most one at a time, not within the cool-down, and not when the last ones all came to nothing.
 */
export async function monitor(input: MonitorInput): Promise<void> {
  const {project} = input;
  const watch = new Watch(input);
  // 1. Handlers first.
  listen(watch);
  upsertSearchAttributes(ratchetAttributes({project, stage: 'monitor'}));

  // 2. Look, then wait; what it looks at, and how often, is read anew each time.
  for (;;) {
    await watch.readSettings();
    watch.show();
    await condition(() => watch.asked, watch.settings.intervalMs, {summary: 'until the next look'});
    await watch.look();
    const old = watch.looks >= LOOKS_A_RUN || workflowInfo().continueAsNewSuggested;
    if (!old) continue;
    // Who waits for an answer gets it first; whoever asked meanwhile gets one more look.
    await condition(() => watch.asked || allHandlersFinished());
    const {state, last} = watch;
    if (!watch.asked) await continueAsNew<(input: MonitorInput) => Promise<void>>({project, state, last});
  }
}

function listen(watch: Watch): void {
  setHandler(defineUpdate<MonitorLook, []>(CHECK_NOW), () => watch.lookNow());
  setHandler(defineSignal(CHECK_NOW), () => {
    watch.asked = true;
  });
  setHandler(defineUpdate<{closed: true}, [PersonActs]>(RESET_CIRCUIT), (act) => watch.reset(act), {
    validator: (argument) => {
      const wrong = misshapenAct(argument);
      if (wrong !== null) throw refused(wrong);
    },
  });
  setHandler(defineSignal<[PersonActs]>(RESET_CIRCUIT), (argument) => watch.resetUnasked(argument));
  setHandler(defineQuery<MonitorLook | null>(LAST_LOOK), () => watch.last);
  setHandler(defineQuery<Progress>(PROGRESS), () => watch.progress);
}
