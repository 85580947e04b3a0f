import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {Connection} from '@temporalio/client';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {signerFromPem} from '../../client/index.ts';
import {actHolds} from '../../core/access/signed-act.ts';
import {keyFingerprint} from '../../core/identity/row-digest.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {cancelRun, connectTemporal, newRunId, startRun} from '../../runs/index.ts';
import type {StartRunOptions} from '../../runs/index.ts';
import {createKey, readPublicKey, type SigningKey} from '../../stores/access/keys.ts';
import {openStores, withRowKey} from '../../stores/stores.ts';
import {prepare} from '../cli/prepared-store.ts';
import {projectYaml, writeProject} from '../cli/project-yaml.ts';
import {TemporalOfRuns} from './temporal-of-runs.ts';

const ROW_KEY = 'ab'.repeat(32);

let folder: string;
let anna: SigningKey;
let otto: SigningKey;
let temporal: TemporalOfRuns;
const printed: unknown[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ratchet-runs-'));
  const unset = ['RATCHET_KEY', 'RATCHET_STORE', 'RATCHET_CODEC_KEYS'];
  for (const name of [...unset, 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('RATCHET_PROJECT_KEY', ROW_KEY);
  vi.stubEnv('RATCHET_CACHE', path.join(folder, 'cache'));
  vi.stubEnv('RATCHET_MODEL', path.join(folder, 'model.gguf'));
  writeFileSync(path.join(folder, 'model.gguf'), 'weights');
  anna = await keyOf('anna');
  otto = await keyOf('otto');
  keysOf('anna');
  people(`{name: anna, key: '${anna.publicText}', roles: [approver]}`, operator(otto));
  temporal = new TemporalOfRuns();
  printed.length = 0;
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed.push(text);
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, {recursive: true});
  expect(printed).toEqual([]);
});

/** A key in the folder of a user of this name. */
function keyOf(name: string): Promise<SigningKey> {
  return createKey(name, {XDG_CONFIG_HOME: path.join(folder, 'of', name)});
}

/** Whose keys lie in this user's folder. */
function keysOf(name: 'anna' | 'nobody'): void {
  vi.stubEnv('XDG_CONFIG_HOME', path.join(folder, 'of', name));
}

function operator({publicText}: SigningKey): string {
  return `{name: otto, key: '${publicText}', roles: [operator]}`;
}

function people(...lines: readonly string[]): void {
  const approvers = lines.map((line) => `    - ${line}\n`).join('');
  writeProject(folder, projectYaml('post', {approval: `approval:\n  approvers:\n${approvers}`}));
}

const start = (options: Partial<StartRunOptions> = {}) =>
  startRun(folder, {client: temporal.client, key: otto, ...options});

describe('starts', () => {
  test('the lifecycle, signed for exactly this run', async () => {
    const {run, status, warnings} = await start();
    expect({status, warnings}).toEqual({status: 'started', warnings: []});
    expect(run).toMatch(/^lifecycle\/post\/\d{8}T\d{6}Z-[a-z0-9]{6}$/);
    const [{workflowId, taskQueue, workflowIdReusePolicy, args}] = temporal.started as [
      TemporalOfRuns['started'][number],
    ];
    expect({workflowId, taskQueue, workflowIdReusePolicy}).toEqual({
      workflowId: run,
      taskQueue: 'ratchet/post/workflow',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    const [{signed, ...input}] = args;
    expect(input).toMatchObject({
      project: 'post',
      startedBy: 'otto',
      starterKey: otto.id,
      reason: 'first',
      keyFingerprint: keyFingerprint(Buffer.from(ROW_KEY, 'hex')),
    });
    expect(signed!.payload).toMatchObject({act: 'run', about: {run, settings: input.resolved.sha256}});
    expect(actHolds(signed!, readPublicKey(otto.publicText, 'otto'))).toBe(true);
  });

  test('with the key of a name, a PEM, or RATCHET_KEY, and else the only key of this user', async () => {
    people(`{name: anna, key: '${anna.publicText}', roles: [approver, operator]}`, operator(otto));
    await start({key: 'anna'});
    await start({key: undefined});
    await start({key: signerFromPem(otto.privateKey.export({type: 'pkcs8', format: 'pem'}) as string)});
    vi.stubEnv('RATCHET_KEY', otto.path);
    await start({key: undefined});
    const starters = temporal.started.map(({args: [{startedBy}]}) => startedBy);
    expect(starters).toEqual(['anna', 'anna', 'otto', 'otto']);
  });

  test('in a store that is not there yet', async () => {
    const store = path.join(folder, 'not', 'yet');
    vi.stubEnv('RATCHET_STORE', pathToFileURL(store).href);
    await start();
    const {artifacts} = await openStores(pathToFileURL(store).href);
    expect(existsSync(store)).toBe(true);
    expect(await artifacts.exists(temporal.started[0]!.args[0].resolved)).toBe(true);
  });

  test('with a warning where nobody else may approve, and where only other machines may have a source', async () => {
    people(`{name: otto, key: '${otto.publicText}', roles: [approver]}`);
    vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
    rmSync(path.join(folder, 'letters.jsonl'));
    expect((await start()).warnings).toEqual([
      expect.stringMatching(
        /^source "letters": no file matches file:letters\.jsonl .*; workers on other machines may see it$/,
      ),
      expect.stringMatching(/^otto starts this run and is its only approver, who may not approve it: /),
    ]);
  });
});

describe('of calls that come twice', () => {
  test('each starts a run', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.run).not.toBe(other.run);
    expect(temporal.started).toHaveLength(2);
  });

  test('one with the same ID starts nothing, also where both come at once', async () => {
    const run = newRunId('post');
    const both = await Promise.all([start({run}), start({run})]);
    expect(both.map(({status}) => status).sort()).toEqual(['already_started', 'started']);
    expect(await start({run})).toEqual({run, status: 'already_started', warnings: []});
    expect(temporal.started).toHaveLength(1);
  });

  test('an answer that was lost leads to the run that was started', async () => {
    temporal.broken = 'after';
    const lost = await start().catch((error: Error) => error);
    expect(lost).toMatchObject({
      type: 'Unavailable',
      message: expect.stringMatching(
        /^Temporal does not answer: lifecycle\/post\/\S+ may have been started, so repeat the call with it as `run`$/,
      ),
    });
    temporal.broken = null;
    const [run] = /lifecycle\S+/.exec((lost as Error).message)!;
    expect(await start({run})).toMatchObject({run, status: 'already_started'});
    expect(temporal.started).toHaveLength(1);
  });

  test('a call that did not arrive starts the run when it is repeated', async () => {
    const run = newRunId('post');
    temporal.broken = 'before';
    await expect(start({run})).rejects.toMatchObject({type: 'Unavailable'});
    temporal.broken = null;
    expect(await start({run})).toMatchObject({run, status: 'started'});
  });

  test('a run that only the store still knows is not started again', async () => {
    const {run} = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
    expect(await start({run: run.id})).toMatchObject({status: 'already_started'});
    expect(temporal.started).toEqual([]);
  });
});

describe('refuses', () => {
  const refused = async (type: string, line: RegExp, options: Partial<StartRunOptions> = {}) => {
    await expect(start(options)).rejects.toMatchObject({type, message: expect.stringMatching(line)});
    expect(temporal.started).toEqual([]);
  };

  test('a YAML that cannot be used, with a line for each problem', async () => {
    writeProject(folder, projectYaml('post', {version: 'version: 7', rollout: 'rollout: {steps: []}'}));
    await refused('InvalidInput', /ratchet\.yaml:\d+: version: .*\n.*ratchet\.yaml:\d+: rollout\.steps: /);
    rmSync(path.join(folder, 'ratchet.yaml'));
    await refused('InvalidInput', /ratchet\.yaml cannot be read \(ENOENT\)/);
  });

  test('a source without files', async () => {
    rmSync(path.join(folder, 'letters.jsonl'));
    await refused('InvalidInput', /^source "letters": no file matches file:letters\.jsonl \(seen from /);
  });

  test('fewer approvers than must approve', async () => {
    people(operator(otto));
    await refused(
      'InvalidInput',
      /approval\.approvers: expected at least 1 name with role approver, got none/,
    );
  });

  test('a start without a key, with a key of nobody, and of somebody who may not start runs', async () => {
    await refused('NotPermitted', /^refused: anna has the role approver, expected operator to start a run/, {
      key: 'anna',
    });
    const eve = await keyOf('eve');
    await refused('NotPermitted', /^refused: key \w{16} is not among the project's people now/, {key: eve});
    keysOf('nobody');
    await refused('NotPermitted', /^refused: to run takes a signature, since the project names people/, {
      key: undefined,
    });
    await refused('InvalidInput', /^no key at .*anna\.pem: make one with "ratchet keys create anna"$/, {
      key: 'anna',
    });
  });

  test('a signer who claims the ID of another key', async () => {
    const key = {id: otto.id, privateKey: anna.privateKey};
    const line = new RegExp(`^key: the ID of this private key is ${anna.id}, got ${otto.id}$`);
    await refused('InvalidInput', line, {key});
  });

  test('a base model that is not there', async () => {
    rmSync(path.join(folder, 'model.gguf'));
    await refused('InvalidInput', /^base_model: .*model\.gguf does not exist: expected a GGUF file$/);
  });

  test('a row key that is none, and to go on with rows that another one names', async () => {
    const url = pathToFileURL(path.join(folder, '.ratchet', 'store')).href;
    const {run, dataset} = await prepare(url);
    const stores = withRowKey(await openStores(url), Buffer.from(ROW_KEY, 'hex'));
    const key = sha256Hex('curate');
    const counts = {rowsIn: 7, rowsKept: 5, drops: {}, processed: 7, reused: 0};
    const result = {dataset: dataset.digest, manifest: dataset.golden, ...counts};
    await stores.cache.store({
      v: 1,
      stage: 'curate',
      key,
      project: 'post',
      at: run.startedAt,
      result,
      artifacts: [],
    });
    await stores.registry.updateRun('post', run.id, (was) => ({
      ...was,
      stages: {curate: {...was.stages.curate!, key}},
    }));
    await refused(
      'InvalidInput',
      /^--from train: the rows of lifecycle\/post\/\S+ are named by the row key 0123456789abcdef, this project has \w{16}$/,
      {from: 'train'},
    );
    vi.stubEnv('RATCHET_PROJECT_KEY', 'abc');
    await refused('InvalidInput', /^RATCHET_PROJECT_KEY holds no row key: expected 64 hex digits, got 3/);
  });

  test('a stage that no run can begin at, and one that no run has reached', async () => {
    await refused('InvalidInput', /^from: expected train or gauntlet, got "curate"$/, {
      from: 'curate' as 'train',
    });
    await refused('InvalidInput', /^--from gauntlet: no run of post has finished curate and train yet/, {
      from: 'gauntlet',
    });
  });

  test.each([
    [
      'of another project',
      newRunId('mail'),
      /^run: expected an ID as newRunId\('post'\) makes it, .* got "lifecycle\/mail/,
    ],
    ['without a time', 'lifecycle/post/order-17', /^run: expected an ID as newRunId/],
    [
      'of a day that there is not',
      'lifecycle/post/20260231T000000Z-k3f9qa',
      /^run: expected an ID as newRunId/,
    ],
    [
      'of a time to come',
      'lifecycle/post/29991231T000000Z-k3f9qa',
      /^run: expected the time at which it is started/,
    ],
  ])('an ID %s', async (_, run, line) => refused('InvalidInput', line, {run}));

  test('a client that does not encrypt where this process has keys to', async () => {
    vi.stubEnv('RATCHET_CODEC_KEYS', `k1:${'0'.repeat(64)}`);
    await refused('InvalidInput', /^client: RATCHET_CODEC_KEYS is set, and this client does not encrypt/);
    temporal.payloadCodecs = [{}];
    expect((await start()).status).toBe('started');
  });
});

describe('cancels', () => {
  const cancel = (run: string, key: StartRunOptions['key'] = otto) =>
    cancelRun(folder, run, {client: temporal.client, key});

  test('a run, audited and signed; one that has ended stays as it ended', async () => {
    const {run} = await start();
    expect(await cancel(run)).toBe('CANCELLED');
    temporal.status.set(run, 'COMPLETED');
    expect(await cancel(run)).toBe('COMPLETED');
    const stores = await openStores(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
    const entries = await Array.fromAsync(stores.audit('post').entries());
    expect(entries.filter(({kind}) => kind === 'cancel')).toEqual([
      expect.objectContaining({actor: 'otto', data: expect.objectContaining({run, proof: 'signed'})}),
    ]);
  });

  test('no run of another project, none that there is not, and none for who may not', async () => {
    const unknown = newRunId('post');
    const mail = newRunId('mail');
    temporal.status.set(mail, 'RUNNING');
    await expect(cancel(mail)).rejects.toThrow(`"${mail}" is no run of post: \`ratchet runs\` lists them`);
    await expect(cancel(unknown)).rejects.toThrow(`Temporal knows no run "${unknown}"`);
    await expect(cancel(unknown, 'anna')).rejects.toThrow(/^refused: anna has the role approver/);
    temporal.broken = 'before';
    await expect(cancel(unknown)).rejects.toMatchObject({
      type: 'Unavailable',
      message: `Temporal does not answer: ${unknown} may still go on, so repeat the call`,
    });
    expect(temporal.status.get(mail)).toBe('RUNNING');
  });
});

test('connects to no stack that is down, and to no Temporal that does not answer', async () => {
  await expect(connectTemporal(folder)).rejects.toMatchObject({
    type: 'Unavailable',
    message: 'the stack of post is down: start it with `ratchet up post`',
  });
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  // As the SDK says it, three seconds later.
  const away = new Error('Failed to connect before the deadline');
  const connect = vi.spyOn(Connection, 'connect').mockRejectedValue(away);
  await expect(connectTemporal(folder)).rejects.toMatchObject({
    type: 'Unavailable',
    message: expect.stringMatching(/^Temporal at 127\.0\.0\.1:1 does not answer: /),
  });
  expect(connect).toHaveBeenCalledWith(expect.objectContaining({address: '127.0.0.1:1'}));
});
