import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {z} from 'zod';
import {DemoSummary} from '../../schemas/demo-summary.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {DatasetRow} from '../../schemas/row.ts';
import {Report} from '../../schemas/report.ts';
import {refuseMissingSources} from '../../runs/refuse-missing-sources.ts';
import {createKey, listKeys, loadKey, type SigningKey} from '../../stores/access/keys.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {Exit, print, say} from '../output.ts';
import type {Project} from '../../stack/project-file.ts';
import {startRun} from '../start-run.ts';
import {withTemporal} from '../temporal.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {bringUpDetached} from '../../stack/bring-up.ts';
import {liveFor} from '../../stack/live-stack.ts';
import type {StackState} from '../../stack/stack-file.ts';
import {Unanswered} from './ask-person.ts';
import {attend, type Attendance} from './attend.ts';
import {DEMO_KEY} from './demo-key.ts';
import {interruptedLines, unansweredLines} from './farewell.ts';
import {Interrupted, Interruption} from './interruption.ts';
import {lookAround} from './look-around.ts';
import {askedTask, mailsOf} from './mailbox.ts';
import {reviewCorrections} from './review.ts';
import {replay} from './replay.ts';
import {Serving} from './serving.ts';
import {writableFile} from './summary-file.ts';
import {spent} from './spent.ts';
import {summarise} from './summary.ts';
import {Users} from './users.ts';
import {ownCommand} from '../own-command.ts';

export interface DemoOptions {
  /** Decide with the demo key instead of asking. */
  readonly yes: boolean;
  /** Where the summary for machines goes. */
  readonly json?: string;
}

/** A supervisor that has not written its state by then has ended. */
const SHOWN_WITHIN_MS = 5_000;

/**
 * A project's whole life: first release, later traffic, drift, retrain. Gives the exit code and shows what happened.
 * Throws Interrupted when a signal ended it; what goes on then, and how to come back, is said before.
 */
export async function demo(project: Project, {yes, json}: DemoOptions): Promise<Exit> {
  if (json !== undefined) await writableFile(json);
  const interactive = Boolean(process.stdin.isTTY && process.stderr.isTTY) && !yes;
  const {sources, replay: later} = project.config;
  await refuseMissingSources(project, [...sources, ...(later?.sources ?? [])], say);
  const key = await demoKey(project);
  const stores = await openStores(project.store);
  await stores.objects.probe();
  const name = project.config.project;
  // Only a stack that this demo starts is its to end.
  const ours = liveFor(project) === undefined;
  let stays = !ours;
  let run: string | null = null;
  const attending = (now: string | null) => (run = now);
  const interruption = new Interruption();
  const {signal} = interruption;
  try {
    const {exit, state} = await interruption.unless(
      lifecycle(project, {stores, key, interactive, signal, attending, json}),
    );
    if (interactive)
      await lookAround(
        {gateway: state.gateway, project: name, task: askedTask(project.config)},
        {ours, interruption},
      );
    return exit;
  } catch (error) {
    const left = {project: name, run, ours};
    if (error instanceof Interrupted) {
      if (ours) await shown(project);
      for (const line of interruptedLines(left)) say(line);
    }
    if (!(error instanceof Unanswered)) throw error;
    stays = true;
    for (const line of [error.message, ...unansweredLines(left)]) say(line);
    return Exit.failed;
  } finally {
    if (!stays) {
      say(`shuts down the stack that the demo started; \`${ownCommand()} up ${name}\` starts it again`);
      await bringDown(project.folder, () => undefined);
    }
    interruption.end();
  }
}

/** A stack whose start was interrupted can be ended only once its supervisor has shown itself. */
async function shown(project: Project): Promise<void> {
  const deadline = Date.now() + SHOWN_WITHIN_MS;
  while (liveFor(project) === undefined && Date.now() < deadline) await delay(100);
}

interface Attended extends Required<Pick<Attendance, 'key' | 'interactive' | 'signal' | 'attending'>> {
  readonly stores: Stores;
  readonly json: string | undefined;
}

/** From the stack's start to the summary. */
async function lifecycle(
  project: Project,
  {stores, key, interactive, signal, attending, json}: Attended,
): Promise<{readonly exit: Exit; readonly state: StackState}> {
  const started = Date.now();
  const {state} = await bringUpDetached(project, {say, withinMs: 300_000, toBegin: true});
  const serving = new Serving(project);
  if (state.ui) say(`Temporal UI: ${state.ui}/namespaces/${state.namespace}/workflows`);
  return await withTemporal(project, async (client) => {
    const up = Date.now();
    const name = project.config.project;
    const run = await startRun(client, stores, project, {name: DEMO_KEY, key: key.id, signing: key});
    say(`run ${run}`);
    const mailbox = {
      config: project.config,
      folder: project.folder,
      rowKey: Buffer.from(project.rowKey, 'hex'),
    };
    const attendance = {
      client,
      key,
      interactive,
      signal,
      attending,
      serve: () => void serving.begin(),
      users: new Users(state.gateway, `${name}/${askedTask(project.config)}`),
      traffic: async (dataset: string) => {
        await serving.begin();
        return mailsOf(project.config.sources, mailbox, await trafficRows(stores, name, dataset));
      },
    };
    const later = project.config.replay;
    // Read while the run goes on.
    const laterMails = later ? mailsOf(later.sources, mailbox) : Promise.resolve([]);
    laterMails.catch(() => undefined);
    const first = await Promise.race([attend({...attendance, run}), serving.broken]);
    const went = first.status === 'promoted' || first.status === 'cached';
    const replayed =
      went && later
        ? await replay({
            stores,
            project: name,
            release: first.release,
            mails: await laterMails,
            concurrency: later.concurrency,
            attendance,
            canAsk: () => serving.begin(),
            review: () => reviewCorrections(project, stores),
          })
        : null;
    const seconds = {
      setup: (up - started) / 1000,
      ...first.seconds,
      ...replayed?.seconds,
      total: (Date.now() - started) / 1000,
    };
    const summary = DemoSummary.parse({
      ...(await described(stores, first)),
      v: 1,
      project: name,
      drift: replayed && {drifted: replayed.outcome.drift.drifted, columns: replayed.outcome.drift.columns},
      retrain: replayed?.outcome.retrain ?? null,
      cost: await spent(stores, project, started),
      cached: [...first.cached, ...(replayed?.cached ? ['replay', 'drift', 'retrain'] : [])],
      seconds,
      links: await links(
        stores,
        project,
        first,
        state.ui && `${state.ui}/namespaces/${state.namespace}/workflows/${encodeURIComponent(run)}`,
      ),
    });
    print(summarise(summary, first, replayed?.outcome ?? null));
    if (json !== undefined) await writeFile(json, `${JSON.stringify(summary, null, 2)}\n`);
    if (interactive) await serving.begin();
    return {exit: went ? Exit.done : Exit.failed, state};
  });
}

/** The demo's own key; its public half goes to where ratchet.yaml looks for it. */
async function demoKey(project: Project): Promise<SigningKey> {
  const env = {...process.env, RATCHET_KEY: undefined};
  const key = (await listKeys(env)).includes(DEMO_KEY)
    ? await loadKey(DEMO_KEY, env)
    : await createKey(DEMO_KEY, env);
  const folder = path.join(project.folder, '.ratchet');
  await mkdir(folder, {recursive: true, mode: 0o700});
  await writeFile(path.join(folder, 'demo-approver.pub.pem'), key.publicPem);
  return key;
}

const IndexLine = z.looseObject({id: z.string(), split: DatasetRow.shape.split});

/** Rows held back from training to be asked as traffic. */
async function trafficRows(stores: Stores, project: string, dataset: string): Promise<Set<string>> {
  const {index} = await stores.registry.dataset(project, dataset);
  const ids = new Set<string>();
  for await (const {id, split} of stores.artifacts.lines(index, IndexLine))
    if (split === 'traffic') ids.add(id);
  return ids;
}

/** What the summary says of the first run. */
async function described(stores: Stores, first: LifecycleResult) {
  const report = await stores.artifacts.getJson(first.gauntlet.report, Report);
  const decision = first.approval?.decisions.find(({action}) => action === 'approve');
  const {dataset, rowsIn, rowsKept, drops} = first.data;
  return {
    run: first.run,
    dataset: {version: dataset, rowsIn, rowsKept, drops},
    base: report.metrics.base,
    candidate: report.metrics.candidate,
    gates: report.gates,
    verdict: report.verdict,
    approval: decision ? {by: decision.by, at: decision.at, digests: first.approval!.digests} : null,
    rollout: {status: first.rollout?.status ?? 'not started', steps: first.rollout?.steps ?? []},
    release: {digest: first.release, parent: first.parent},
  };
}

/** Report and model card as files, to be opened. */
async function links(
  stores: Stores,
  project: Project,
  {gauntlet, release}: LifecycleResult,
  ui: string | null,
): Promise<Record<string, string>> {
  const folder = path.join(project.folder, '.ratchet', 'reports');
  await mkdir(folder, {recursive: true, mode: 0o700});
  const file = async (name: string, bytes: Uint8Array): Promise<string> => {
    const target = path.join(folder, `${release.slice(0, 12)}-${name}`);
    await writeFile(target, bytes);
    return target;
  };
  return {
    ...(ui ? {temporal: ui} : {}),
    report: await file('report.html', await stores.artifacts.getBytes(gauntlet.html)),
    modelCard: await file('model-card.md', await stores.artifacts.getBytes(gauntlet.modelCard)),
  };
}
