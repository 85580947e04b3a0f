import type {Client} from '@temporalio/client';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {pseudonym, scrub} from '../../core/curation/pii/scrub.ts';
import {ENTITIES, type Entity} from '../../schemas/names.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {JOIN, LEAVE} from '../../schemas/messages.ts';
import {short} from '../../schemas/names.ts';
import {RunsClient} from '../../client/runs.ts';
import {startRun} from '../../cli/start-run.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {readStack} from '../../stack/stack-file.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {User, type Answer} from '../cli/cli.ts';
import {executionsByType, more, signalsToTheSecondTraining, type Counts} from './executions.ts';
import {files, found, histories, vectors, type Kept} from './everything-kept.ts';
import {
  ASIDE,
  askOddly,
  MARKER,
  personal,
  PERSONAL_WORDS,
  plantedMails,
  plantRows,
  plantSecrets,
} from './planted.ts';
import {knownMails, someMails} from './mails.ts';
import {through} from './through.ts';
import {changed, replaced, tinyProject, type TinyProject} from './tiny-project.ts';

const MINUTES = 60_000;

let tiny: TinyProject;
let stores: Stores;
let secrets: Record<string, string>;
/** In the order of their runs, on one stack. */
let strict: LifecycleResult;
let promoted: LifecycleResult;
let again: LifecycleResult;
let regated: LifecycleResult;
let worse: LifecycleResult;
/** Executions of each workflow type after each run. */
const executions: Record<'strict' | 'promoted' | 'again' | 'regated' | 'worse', Counts> = {
  strict: {},
  promoted: {},
  again: {},
  regated: {},
  worse: {},
};
const answered: Record<string, number> = {};
let odd: number[];
let watched: Answer;
/** Releases that answered ten users after the last run. */
let late: unknown[];
/** What those who waited for the last training said to it. */
let said: string[];
let another: {readonly run: string; readonly end: unknown};
const kept: {histories: Kept[]; files: Kept[]; vectors: Kept[]} = {histories: [], files: [], vectors: []};

beforeAll(async () => {
  // 1. A gate that nobody passes: no answer takes no time.
  tiny = await tinyProject('whole', project);
  plantRows(tiny);
  secrets = plantSecrets(tiny);
  stores = await openStores(tiny.project.store);
  strict = await through(tiny);
  await count('strict');

  // 2. The same gate at a limit that the candidate reaches: it is released, while users ask with personal data.
  tiny = changed(tiny, 'limit: 0,', 'limit: 600000,');
  promoted = await through(tiny, {traffic: [...plantedMails(), ...(await someMails(tiny)).slice(0, 40)]});
  await count('promoted');
  odd = await askOddly(gateway());

  // 3. Nothing changed.
  again = await through(tiny);
  await count('again');

  // 4. Another gate that nobody passes, now that the release answers; then back.
  tiny = changed(tiny, 'limit: 600000,', 'limit: 0.5,');
  regated = await through(tiny);
  await count('regated');
  tiny = changed(tiny, 'limit: 0.5,', 'limit: 600000,');

  // 5. A learning rate that ruins the model, asked what stable knows. A second run wants the same training, and is cancelled.
  const known = await knownMails(tiny, gateway());
  tiny = changed(tiny, 'learning_rate: 1e-2', 'learning_rate: 0.1');
  // A ruined model that gives every mail one class loses half of them: of 16 mails that must be enough to tell.
  tiny = changed(tiny, 'margin: 0.2', 'margin: 0.02');
  worse = await through(tiny, {
    traffic: known,
    meanwhile: async (run, client) => {
      another = await joinAndLeave(client);
    },
  });
  await count('worse');
  watched = await new User().ratchet(['watch', worse.run, '--project', tiny.project.file]);
  late = await answering();

  // 6. Everything that is left, once all that was to be written is.
  said = await temporal(signalsToTheSecondTraining);
  kept.histories = await temporal(histories);
  await bringDown(tiny.project.folder, () => undefined);
  kept.files = files(tiny.project.folder);
  kept.vectors = await vectors(stores, 'tiny', promoted.data.dataset);
}, 30 * MINUTES);

afterAll(async () => {
  if (tiny) await bringDown(tiny.project.folder, () => undefined);
}, 2 * MINUTES);

/** The tiny project with planted rows, a required gate for the first release, and users' word in the rollout. */
function project(yaml: string): string {
  const pieces = [
    // Eight steps then teach it a little of both classes.
    ['learning_rate: 1e-3', 'learning_rate: 1e-2'],
    ['train: {rows: 24,', 'train: {rows: 32,'],
    [
      '\ninput:',
      "\n  - {name: planted, uri: 'file:planted.jsonl', format: jsonl, fields: {id: nr, label: class}}\ninput:",
    ],
    ['\ncuration:', `\ncuration:\n  pii: [${ENTITIES.join(', ')}]`],
    ['\n  gates:', '\n  gates:\n    - {metric: latency_p50_ms, test: at-most, limit: 0, when: first}'],
    [
      '\n    - setWeight: 100',
      '\n    - analysis: {minSamples: 16, interval: 1, count: 600, metrics: [{name: quality, margin: 0.2, inconclusiveLimit: 600}]}\n    - setWeight: 100',
    ],
  ] as const;
  return pieces.reduce((text, [from, to]) => replaced(text, from, to), yaml);
}

const temporal = <T>(body: (client: Client) => Promise<T>): Promise<T> => withTemporal(tiny.project, body);
const gateway = (): string => readStack(tiny.project.folder)!.gateway;

async function count(after: keyof typeof executions): Promise<void> {
  executions[after] = await temporal(executionsByType);
  answered[after] = (await Array.fromAsync(stores.objects.list('cache/answers/'))).length;
}

/** The release that answers, as each of ten users is told. */
async function answering(): Promise<unknown[]> {
  const messages = [{role: 'user', content: 'Subject: x\n\nShall we meet?'}];
  const fingerprints: unknown[] = [];
  for (let user = 0; user < 10; user++) {
    const answer = await fetch(`${gateway()}/v1/chat/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({model: 'tiny/triage', messages, user: `late-${user}`}),
    });
    fingerprints.push(((await answer.json()) as {system_fingerprint?: string}).system_fingerprint);
  }
  return fingerprints;
}

/** A run that joins the training of the run that was just started, and is cancelled there. */
async function joinAndLeave(client: Client): Promise<typeof another> {
  const run = await startRun(client, stores, tiny.project, {
    name: 'tester',
    key: tiny.key.id,
    signing: tiny.key,
  });
  for await (const _ of new RunsClient({client}).follow(run, {everyMs: 200}))
    if ((await signalsToTheSecondTraining(client)).includes(JOIN)) break;
  const handle = client.workflow.getHandle(run);
  await handle.cancel();
  return {run, end: await handle.result().catch((error: Error) => error.cause)};
}

describe('one value of the YAML changed: exactly its stages run again', () => {
  test('the first run makes everything, and its gate holds it back', () => {
    expect(strict).toMatchObject({status: 'refused', cached: [], approval: null, rollout: null});
    expect(executions.strict).toEqual({lifecycle: 1, curate: 1, train: 1, gauntlet: 1});
  });

  test("a gate's limit: the gauntlet and what follows, by the answers that there are", () => {
    expect(promoted).toMatchObject({
      status: 'promoted',
      cached: ['curate', 'train'],
      release: strict.release,
    });
    expect(promoted.gauntlet.report.sha256).not.toBe(strict.gauntlet.report.sha256);
    expect(more(executions.promoted, executions.strict)).toEqual({
      lifecycle: 1,
      gauntlet: 1,
      approval: 1,
      rollout: 1,
      monitor: 1,
    });
    expect(answered['promoted']).toBe(answered['strict']);
  });

  test('nothing: nothing, and the same release', () => {
    expect(again).toMatchObject({
      status: 'cached',
      cached: ['curate', 'train', 'gauntlet', 'approval', 'rollout'],
      release: promoted.release,
    });
    expect(again.gauntlet).toEqual(promoted.gauntlet);
    expect(more(executions.again, executions.promoted)).toEqual({lifecycle: 1});
  });

  test('a gate of a release that answers: it is judged anew, against what was stable then', async () => {
    expect(regated).toMatchObject({
      status: 'refused',
      cached: ['curate', 'train'],
      release: promoted.release,
      parent: promoted.parent,
      approval: null,
      rollout: null,
      reason: expect.stringContaining(`by the gates as they are now, though ${promoted.run} released it`),
    });
    expect(regated.gauntlet).toMatchObject({verdict: 'fail', stable: promoted.gauntlet.stable});
    expect(more(executions.regated, executions.again)).toEqual({lifecycle: 1, gauntlet: 1});
    expect(answered['regated']).toBe(answered['again']);
    expect(await stores.pointers.read('tiny')).toMatchObject({stable: promoted.release});
  });

  test('the learning rate: training and what follows', () => {
    expect(worse.cached).toEqual(['curate']);
    expect(worse.data).toEqual(promoted.data);
    expect(worse.release).not.toBe(promoted.release);
    expect(more(executions.worse, executions.regated)).toEqual({
      lifecycle: 2,
      train: 1,
      gauntlet: 1,
      approval: 1,
      rollout: 1,
    });
  });
});

test('two runs at once, one cancelled: one training, and the other run goes on to its end', async () => {
  expect(another.end).toMatchObject({name: 'CancelledFailure'});
  expect(await stores.registry.run('tiny', another.run)).toMatchObject({status: 'cancelled'});
  expect(said).toEqual([JOIN, LEAVE]);
  expect(worse.seconds).toHaveProperty('rollout');
});

describe('a release that is worse', () => {
  test('falls back, by what its users said', () => {
    expect(worse.status).toBe('fell_back');
    expect(worse.gauntlet.verdict).toBe('pass');
    expect(worse.reason).toMatch(/^quality: .*worse than the margin$/);
    const analysed = worse.rollout!.steps.findLast((step) => step.analysis)!.analysis!;
    expect(analysed).toMatchObject({verdict: 'fail', metrics: [{name: 'quality', verdict: 'fail'}]});
  });

  test('has no traffic, and stable is what it was', async () => {
    expect(await stores.pointers.read('tiny')).toMatchObject({
      stable: promoted.release,
      canary: null,
      shadow: null,
    });
  });

  test('answers nobody any more', () => {
    expect(late).toEqual(Array(10).fill(`fp_${short(promoted.release)}`));
  });

  test('leaves its way back in the audit chain, and the run says so by its exit code', async () => {
    const chain = stores.audit('tiny');
    expect((await chain.verify()).breaks).toEqual([]);
    const moves = (await Array.fromAsync(chain.entries())).filter(({kind}) => kind === 'pointer');
    expect(moves.at(-1)!.data).toMatchObject({
      why: expect.stringMatching(new RegExp(`^back to stable: quality.*${short(worse.release)}`)),
    });
    expect(watched.code).toBe(1);
    expect(watched.stdout).toContain('fell_back');
  });
});

describe('personal data and secrets', () => {
  const everything = (): Kept[] => [...kept.histories, ...kept.files, ...kept.vectors];
  const key = (): Buffer => Buffer.from(tiny.project.rowKey, 'hex');
  /** What stands for a planted value. */
  const stand = (kind: Entity): string => /<[A-Z_]+_[0-9a-f]{8}>/.exec(standIn(personal(kind), key()))![0];

  test('what was searched is what there is: every kind of workflow, every log, every kind of object', () => {
    const places = everything().map(({where}) => where);
    for (const part of [
      ...['lifecycle', 'curate', 'train', 'gauntlet', 'approval', 'rollout', 'monitor'].map(
        (w) => `history ${w}/`,
      ),
      'store/artifacts/',
      'store/cache/',
      'store/releases/',
      'store/traces/',
      'store/feedback/',
      'store/runs/',
      'logs/',
      'jobs/',
      'temporal.db',
    ])
      expect(
        places.some((place) => place.startsWith(part)),
        part,
      ).toBe(true);
    // The same search finds what is known to be there.
    expect(found([promoted.data.dataset], kept.histories)).not.toEqual([]);
    expect(found(['planted/email'], kept.files)).not.toEqual([]);
    if (process.env['RATCHET_WORDLLAMA']) expect(found(['planted/email'], kept.vectors)).toHaveLength(1);
  });

  test.each(ENTITIES)('%s: the row got in, and so did the question, by its pseudonym', (kind) => {
    const where = found([stand(kind)], kept.files);
    expect(where).toContainEqual(expect.stringContaining(' in store/artifacts/'));
    expect(where).toContainEqual(expect.stringContaining(' in store/traces/'));
  });

  test('odd requests were taken or refused, and left pseudonyms too', () => {
    expect(odd).toEqual([200, 400, 202, 404, 400]);
    expect(found([pseudonym('email', ASIDE.row, key())], kept.files)).toContainEqual(
      expect.stringContaining(' in store/traces/'),
    );
    expect(found([pseudonym('email', ASIDE.correction, key())], kept.files)).toContainEqual(
      expect.stringContaining(' in store/feedback/'),
    );
  });

  test('no planted value is anywhere', () => {
    expect(found(PERSONAL_WORDS, everything())).toEqual([]);
  });

  test('no secret is anywhere', () => {
    for (const [name, secret] of Object.entries(secrets))
      expect(found([secret], everything()).map((place) => place.replace(secret, name))).toEqual([]);
  });

  test("no text at all is in a history, a log or a run's record", () => {
    const closed = kept.files.filter(({where}) => /^(logs\/|temporal\.db|store\/runs\/)/.test(where));
    expect(found([MARKER], kept.files)).not.toEqual([]);
    expect(found([MARKER], [...kept.histories, ...closed])).toEqual([]);
  });
});

function standIn(value: string, key: Buffer): string {
  return scrub(value, {entities: ENTITIES, key}).text;
}
