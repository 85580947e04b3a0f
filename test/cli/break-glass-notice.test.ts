import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {Client, Connection} from '@temporalio/client';
import {expect, test} from 'vitest';
import {sha256Hex} from '../../core/identity/digest.ts';
import {notifyWorkflowId} from '../../schemas/names.ts';
import {temporalAddress} from '../setup/services.ts';
import {approvedFacts} from '../stores/audit/signed-chain.ts';
import {newProject} from '../workflows/workers-of.ts';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

const URL_OF_HOOK = 'http://127.0.0.1:9/hook';

test('who breaks the glass while Temporal answers has everybody told at once, by one workflow a receiver', async () => {
  const name = newProject();
  const user = new User({TEMPORAL_ADDRESS: temporalAddress()});
  const folder = user.folder(name);
  const keys = [];
  for (const [who, role] of [
    ['otto', 'operator'],
    ['anna', 'approver'],
  ]) {
    const {stdout} = await user.ratchet(['keys', 'create', who!, '--json']);
    keys.push(
      `    - {name: ${who}, key: '${(JSON.parse(stdout) as {public: string}).public}', roles: [${role}]}`,
    );
  }
  const approval = `approval:\n  approvers:\n${keys.join('\n')}`;
  const notify = `notify:\n  - {url: '${URL_OF_HOOK}', secret_env: HOOK, events: [break_glass]}`;
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml(name, {approval, notify}));
  const {stores, dataset, report} = await prepare(
    pathToFileURL(path.join(folder, '.ratchet', 'store')).href,
    name,
  );
  const release = 'd'.repeat(64);
  const runId = `lifecycle/${name}/another`;
  const digests = {release, dataset: dataset.digest, report};
  for (const fact of approvedFacts({project: name, runId, digests})) await stores.audit(name).append(fact);
  await stores.pointers.move(name, () => ({
    move: {stable: release, canary: null, shadow: null, by: `rollout/${runId}`, why: 'promote'},
  }));

  const glass = ['rollback', '--yes', '--break-glass', 'nonsense', '--key', 'anna'];
  const {code, stderr} = await user.ratchet(glass, {from: folder});
  expect({code, stderr}).toEqual({
    code: 0,
    stderr: 'the glass is broken: it is in the audit chain, and everybody is notified\n',
  });
  const {seq} = (await stores.audit(name).last())!;
  const connection = await Connection.connect({address: temporalAddress()});
  const started = new Client({connection}).workflow.getHandle(
    notifyWorkflowId(`break_glass/${name}/${seq}`, sha256Hex(URL_OF_HOOK)),
  );
  expect(await started.describe()).toMatchObject({type: 'notify', status: {name: 'RUNNING'}});
  await started.terminate();
  await connection.close();
});

test('where Temporal does not answer, it says so', async () => {
  const user = new User({TEMPORAL_ADDRESS: '127.0.0.1:1'});
  const folder = user.folder('post');
  const {stdout} = await user.ratchet(['keys', 'create', 'anna', '--json']);
  const key = (JSON.parse(stdout) as {public: string}).public;
  const approval = `approval:\n  approvers:\n    - {name: anna, key: '${key}', roles: [viewer]}`;
  const notify = `notify:\n  - {url: '${URL_OF_HOOK}', secret_env: HOOK, events: [break_glass]}`;
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml('post', {approval, notify}));
  const {stores, dataset, report, candidate} = await prepare(
    pathToFileURL(path.join(folder, '.ratchet', 'store')).href,
  );
  const release = 'd'.repeat(64);
  const digests = {release, dataset: dataset.digest, report};
  for (const fact of approvedFacts({project: 'post', runId: 'lifecycle/post/b', digests}))
    await stores.audit('post').append(fact);
  await stores.pointers.move('post', () => ({
    move: {stable: release, canary: null, shadow: null, by: 'rollout/lifecycle/post/b', why: 'promote'},
  }));
  const {code, stderr} = await user.ratchet(['rollback', '--yes', '--break-glass', 'nonsense'], {
    from: folder,
  });
  expect(code, stderr).toBe(0);
  expect((await stores.pointers.read('post'))!.stable).toBe(candidate.digest);
  expect(stderr).toMatch(
    /nobody could be notified \(.*\): the monitor does it at its next look; call somebody\n$/,
  );
});
