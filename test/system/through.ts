import type {Client} from '@temporalio/client';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {startRun} from '../../scripts/cli/start-run.ts';
import {withTemporal} from '../../scripts/cli/temporal.ts';
import {attend} from '../../scripts/demo/attend.ts';
import {mailsOf} from '../../scripts/demo/mailbox.ts';
import {Users} from '../../scripts/demo/users.ts';
import {bringUpDetached} from '../../scripts/stack/bring-up.ts';
import {openStores} from '../../stores/stores.ts';
import type {TinyProject} from './tiny-project.ts';

/**
 * Takes a project through its lifecycle on its own stack, with users who ask while it is rolled out; `meanwhile` is called
 * once the run has started.
 */
export async function through(
  {project, key}: TinyProject,
  meanwhile: (run: string, client: Client) => Promise<void> = async () => undefined,
): Promise<LifecycleResult> {
  const stores = await openStores(project.store);
  const {state} = await bringUpDetached(project, {say: () => undefined, withinMs: 300_000});
  return withTemporal(project, async (client) => {
    const run = await startRun(client, stores, project, {name: 'tester', key: key.id});
    const {config, folder, rowKey} = project;
    const mails = await mailsOf(config.sources, {config, folder, rowKey: Buffer.from(rowKey, 'hex')});
    const [result] = await Promise.all([
      attend({
        client,
        run,
        key,
        interactive: false,
        users: new Users(state.gateway, `${config.project}/triage`),
        traffic: () => Promise.resolve(mails.slice(0, 40)),
      }),
      meanwhile(run, client),
    ]);
    return result;
  });
}
