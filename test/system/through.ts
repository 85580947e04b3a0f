import type {Client} from '@temporalio/client';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {startRun} from '../../cli/start-run.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {attend} from '../../cli/demo/attend.ts';
import type {Mail} from '../../cli/demo/users.ts';
import type {RunPart} from '../../schemas/stage.ts';
import {bringUpDetached} from '../../stack/bring-up.ts';
import {openStores} from '../../stores/stores.ts';
import {someMails, usersOf} from './mails.ts';
import type {TinyProject} from './tiny-project.ts';

export interface Going {
  /** Called once the run has started; `over` says that it has ended. */
  readonly meanwhile?: (run: string, client: Client, over: AbortSignal) => Promise<void>;
  /** How much of a run; all of it if missing. */
  readonly part?: RunPart;
  /** What users ask while it is rolled out; mails of the project's sources if missing. */
  readonly traffic?: readonly Mail[];
}

/**
 * Takes a project through its lifecycle on its own stack, which stays up, with users who ask while it is rolled out and
 * correct what is wrong.
 */
export async function through(
  tiny: TinyProject,
  {meanwhile, traffic, part}: Going = {},
): Promise<LifecycleResult> {
  const {project, key} = tiny;
  const stores = await openStores(project.store);
  const {state} = await bringUpDetached(project, {say: () => undefined, withinMs: 300_000});
  return withTemporal(project, async (client) => {
    const run = await startRun(client, stores, project, {name: 'tester', key: key.id, signing: key}, part);
    const asked = traffic ?? (await someMails(tiny)).slice(0, 40);
    const over = new AbortController();
    const [result] = await Promise.all([
      attend({
        client,
        run,
        key,
        interactive: false,
        users: usersOf(tiny, state.gateway),
        traffic: () => Promise.resolve(asked),
      }).finally(() => over.abort()),
      meanwhile?.(run, client, over.signal),
    ]);
    return result;
  });
}
