import {readFileSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {readOutcome} from '../../activities/lifecycle/outcome.ts';
import {policyDigest} from '../../core/access/policy.ts';
import {signAct} from '../../core/access/signed-act.ts';
import {payloadDigest, signDecision} from '../../core/approval/signature.ts';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import type {ActPayload} from '../../schemas/access.ts';
import type {DecisionPayload} from '../../schemas/approval.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import type {GatewayKeySet} from '../../schemas/gateway-key.ts';
import type {FormerOutcome} from '../../schemas/lifecycle.ts';
import type {ReleaseV1} from '../../schemas/release.ts';
import {Report} from '../../schemas/report.ts';
import {DeploymentWatch, type Served} from '../../serving/gateway/deployment-watch.ts';
import {ProvenDeployments} from '../../stores/audit/proven-deployment.ts';
import {verifyAudit} from '../../stores/audit/verify-audit.ts';
import {readAccess} from '../../stores/access/access.ts';
import {GatewayKeys} from '../../stores/access/gateway-keys.ts';
import {sealOf} from '../../stores/audit/seal.ts';
import {withRowKey} from '../../stores/stores.ts';
import {prepare, type Prepared} from '../cli/prepared-store.ts';
import {proved} from '../people.ts';
import {approvedFacts, people, policyFact, policyOfTest, run} from '../stores/audit/signed-chain.ts';

/** A store that a newer Ratchet writes to, and this version reads: the same formats, with keys and kinds that it doesn't know. */
const PROJECT = 'post';
const POINTER = `pointers/${PROJECT}/deployment.json`;
const NEW = {added: {by: 'a newer one'}};
const {adam, anna, otto} = people;

let folder: string;
let there: Prepared;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-newer-'));
  there = await prepare(pathToFileURL(folder).href);
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const verify = () => verifyAudit(there.stores, PROJECT);
const pointer = async (): Promise<Record<string, unknown> & Deployment> =>
  JSON.parse(new TextDecoder().decode((await there.stores.objects.get(POINTER))!.bytes)) as Record<
    string,
    unknown
  > &
    Deployment;

/** Appends an entry as a newer Ratchet does, with a key of its own beside ours. */
async function append(fact: {kind: string; actor: string; data: object}, extra: object = NEW): Promise<void> {
  const {objects} = there.stores;
  const last = (await there.stores.audit(PROJECT).last())!;
  const at = new Date().toISOString();
  const body = {v: 1, seq: last.seq + 1, prev: last.hash, at, project: PROJECT, ...fact, ...extra};
  const entry = {...body, hash: digestOf(body)};
  await objects.put(`audit/${PROJECT}/${String(body.seq).padStart(12, '0')}.json`, canonicalJson(entry));
  const head = {v: 1, seq: body.seq, hash: entry.hash, ...NEW};
  await objects.put(`audit-head/${PROJECT}.json`, canonicalJson(head));
}

/** Moves the pointer as a newer Ratchet does: what it added stands in the document, its slots and the entry. */
async function move(change: Partial<Deployment>, kind: string): Promise<void> {
  const current = await pointer();
  const slot = (one: Deployment['canary'] | undefined) => (one ? {...one, ...NEW} : null);
  const next = {
    ...current,
    ...NEW,
    ...change,
    seq: current.seq + 1,
    at: new Date().toISOString(),
    canary: slot(change.canary),
    shadow: slot(change.shadow),
  };
  await there.stores.objects.put(POINTER, canonicalJson(next));
  const {seq, stable, canary, shadow, why, rollout, signed} = next;
  await append({
    kind,
    actor: next.by,
    data: {
      pointer: seq,
      stable,
      canary,
      shadow,
      why,
      ...NEW,
      ...(rollout && {rollout}),
      ...(signed && {signed}),
    },
  });
}

/** A release of a newer Ratchet, with its report and approval; gives its digest and its rollout. */
async function approved(change: object): Promise<{release: string; rollout: string}> {
  const {artifacts, objects} = there.stores;
  const {digest: _digest, ...body} = {...there.candidate, ...change} as ReleaseV1;
  const release = releaseDigest(body);
  await objects.put(`releases/${PROJECT}/${release}.json`, canonicalJson({...body, digest: release}));
  const ref = (await artifacts.byDigest(there.report, 'application/json'))!;
  const {sha256: report} = await artifacts.putJson({
    ...(await artifacts.getJson(ref, Report)),
    release,
    ...NEW,
  });
  const digests = {release, dataset: there.dataset.digest, report};
  for (const fact of approvedFacts({project: PROJECT, runId: run('new').id, digests})) await append(fact);
  return {release, rollout: run('new').rollout};
}

/** This version's gateway, as far as it follows the pointer. */
function gateway(): {look: () => Promise<Served | null>; said: string[]} {
  const {stores} = there;
  const said: string[] = [];
  const proven = new ProvenDeployments(stores, PROJECT);
  const watch = new DeploymentWatch({
    project: PROJECT,
    stores,
    key: Buffer.alloc(32),
    intervalMs: 1000,
    prove: (deployment) => proven.prove(deployment),
    prepare: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    say: (line) => void said.push(line),
  });
  return {look: () => watch.read().then(() => watch.served), said};
}

describe('a newer pointer', () => {
  test('is followed by an older gateway, and so is a rollback in it', async () => {
    const {look} = gateway();
    const stable = (await look())!.deployment.stable;
    const {release, rollout} = await approved({hints: {quantised: true}});
    const opened = {by: rollout, execution: 'x', run: 'x', seq: 2, after: null, ended: false, ...NEW};
    await move({by: rollout, why: 'opened', rollout: opened}, 'rollout_opened');
    await append({kind: 'canary_widened', actor: rollout, data: {pointer: 'not one of ours'}});
    const moved = {...opened, seq: 3, after: 2};
    await move({canary: {release, weight: 10}, by: rollout, why: 'canary 10 %', rollout: moved}, 'pointer');
    expect((await look())!.canary).toMatchObject({weight: 10, release: {digest: release}});
    const promoted = {...moved, seq: 4, after: 3, ended: true};
    const former = [there.base.digest, stable];
    await move({stable: release, former, by: rollout, why: 'promoted', rollout: promoted}, 'pointer');
    expect((await look())!.deployment).toMatchObject({seq: 4, stable: release, ...NEW});
    expect(await verify()).toMatchObject({breaks: [], newer: 1});

    const back = {stable, former: [there.base.digest, release], by: 'otto', why: 'rollback: wrong answers'};
    await move(back, 'rollback');
    expect((await look())!.deployment).toMatchObject({seq: 5, stable, canary: null});
    expect(await verify()).toMatchObject({breaks: [], newer: 1, owed: null});
  });

  test('is rolled back by an older command line, which keeps what it does not know', async () => {
    const {look} = gateway();
    await there.stores.objects.put(POINTER, canonicalJson({...(await pointer()), ...NEW}));
    const moved = await there.stores.pointers.rollback(PROJECT, there.base.digest, {
      by: 'otto',
      why: 'worse',
    });
    expect(moved).toMatchObject({status: 'moved', deployment: {seq: 2, stable: there.base.digest}});
    expect(await pointer()).toMatchObject({seq: 2, stable: there.base.digest, ...NEW});
    expect((await look())!.deployment.stable).toBe(there.base.digest);
    expect(await verify()).toMatchObject({breaks: [], newer: 0, owed: null});
  });

  test('whose slots say more than their entry, or less, is the same move', async () => {
    const {look} = gateway();
    const {release, rollout} = await approved({});
    await move({canary: {release, weight: 10}, by: rollout, why: 'canary 10 %'}, 'pointer');
    const {canary, ...rest} = await pointer();
    for (const more of [{}, {region: 'eu'}]) {
      const slot = {release: canary!.release, weight: canary!.weight, ...more};
      await there.stores.objects.put(POINTER, canonicalJson({...rest, canary: slot}));
      expect(await verify()).toMatchObject({breaks: [], owed: null});
      expect((await look())!.canary).toMatchObject({weight: 10});
    }
    await there.stores.objects.put(POINTER, canonicalJson({...rest, canary: {...canary, weight: 20}}));
    expect((await verify()).breaks).toMatchObject([{reason: expect.stringMatching(/^deployment: it says/)}]);
  });

  test('of a newer format is refused in one line, and the gateway goes on with the one before', async () => {
    const {look, said} = gateway();
    const before = (await look())!.deployment;
    await there.stores.objects.put(POINTER, canonicalJson({...(await pointer()), v: 2, seq: 2}));
    expect((await look())!.deployment).toEqual(before);
    expect(said.at(-1)).toMatch(/written by a newer Ratchet: format 2, this one reads up to 1: update it$/);
  });

  test('with a prototype in it is not read, and no artifact with one is', async () => {
    const text = canonicalJson(await pointer());
    const {artifacts} = there.stores;
    const ref = await artifacts.putBytes(
      `{"__proto__":{"verdict":"pass"},${text.slice(1)}`,
      'application/json',
    );
    await expect(artifacts.getJson(ref, Report)).rejects.toMatchObject({type: 'InvalidInput'});
    await expect(Array.fromAsync(artifacts.lines(ref, Report))).rejects.toMatchObject({type: 'InvalidInput'});
    for (const key of ['__proto__', '\\u005f_proto__', '__\\u0070roto__']) {
      await there.stores.objects.put(POINTER, `{"${key}":{"signed":{}},${text.slice(1)}`);
      await expect(there.stores.pointers.read(PROJECT)).rejects.toMatchObject({type: 'InvalidInput'});
    }
  });
});

describe('a newer release', () => {
  test('verifies by its digest, with all that is in it', async () => {
    const {stores} = there;
    const {release} = await approved({hints: {a: 1}, base: {...there.base.base, ...NEW}});
    const read = await stores.registry.release(PROJECT, release);
    expect(read).toMatchObject({hints: {a: 1}, base: NEW});
    const key = `releases/${PROJECT}/${release}.json`;
    await stores.objects.put(key, canonicalJson({...read, hints: {a: 2}}));
    await expect(stores.registry.release(PROJECT, release)).rejects.toMatchObject({type: 'DigestMismatch'});
    await stores.objects.put(key, canonicalJson({...read, hint: 'more'}));
    await expect(stores.registry.release(PROJECT, release)).rejects.toMatchObject({type: 'DigestMismatch'});
  });

  test.each([
    ['guardrails', {guardrails: {blockTools: true}}],
    ['transform', {transform: {scrubNames: true}}],
  ] as const)(
    'whose %s this version cannot keep answers nobody; the former one goes on',
    async (part, change) => {
      const {look, said} = gateway();
      const before = (await look())!.deployment;
      const more = {...there.candidate[part], ...Object.values(change)[0]};
      const {release, rollout} = await approved({[part]: more});
      const former = [there.base.digest, before.stable];
      await move({stable: release, former, by: rollout, why: 'promoted'}, 'pointer');
      expect((await look())!.deployment).toEqual(before);
      expect(said.at(-1)).toMatch(
        new RegExp(`is not served: release \\w+: .*: ${part}\\.\\w+: expected one of the keys`),
      );
      const listed = await Array.fromAsync(there.stores.registry.releases(PROJECT));
      expect(listed.filter(({amiss}) => amiss !== null)).toMatchObject([{digest: release}]);
      expect(listed).toHaveLength(3);

      const back = {
        stable: before.stable,
        former: [there.base.digest, release],
        by: 'otto',
        why: 'rollback: x',
      };
      await move(back, 'rollback');
      expect((await look())!.deployment).toMatchObject({seq: 3, stable: before.stable});
    },
  );
});

describe('a newer audit chain', () => {
  test('holds with entries that say more, and kinds that nobody knows', async () => {
    await append({kind: 'quorum_lost', actor: 'anna', data: {about: ['x']}});
    await append({kind: 'deployment_noted', actor: 'anna', data: {pointer: 7, stable: 'elsewhere'}}, {});
    expect(await verify()).toMatchObject({breaks: [], newer: 2, entries: 6});
    // This version goes on behind it.
    await there.stores.audit(PROJECT).append({kind: 'retrain', actor: 'drift', data: {}});
    expect(await verify()).toMatchObject({breaks: [], newer: 2, entries: 7});
  });

  test('of a kind that nobody knows explains and permits nothing', async () => {
    const {look, said} = gateway();
    await look();
    const evil = {stable: 'e'.repeat(64), former: [there.base.digest, (await pointer()).stable]};
    await move({...evil, by: 'eve', why: 'mine'}, 'pointer_by_quorum');
    await look();
    expect(said.at(-1)).toMatch(/is not served: nothing proves it: .*no approved run is behind that/);
    expect((await verify()).breaks).toMatchObject([
      {reason: expect.stringMatching(/^deployment: .*no approved run is behind that/)},
    ]);
  });

  test('is broken by whoever changes what this version does not know, or says it twice', async () => {
    const {objects} = there.stores;
    await append({kind: 'quorum_lost', actor: 'anna', data: {}});
    const key = `audit/${PROJECT}/000000000004.json`;
    const text = new TextDecoder().decode((await objects.get(key))!.bytes);
    const reasons = async (changed: string): Promise<string[]> => {
      await objects.put(key, changed);
      return (await verify()).breaks.map(({reason}) => reason);
    };
    expect(await reasons(text)).toEqual([]);
    expect(await reasons(text.replace('a newer one', 'another one'))).toEqual([
      'its content was altered: it no longer hashes to its hash',
    ]);
    const twice = 'it is not the text that was hashed, such as with a name twice';
    expect(await reasons(text.replace('{"actor"', '{"added":{"by":"me"},"actor"'))).toEqual([twice]);
    expect(await reasons(text.replace('"by":"a newer one"', '"by":"me","by":"a newer one"'))).toEqual([
      twice,
    ]);
    expect(await reasons(text.replace('"actor":"anna"', '"actor":"eve","actor":"anna"'))).toEqual([twice]);
    for (const name of ['__proto__', '\\u005f_proto__'])
      expect(await reasons(text.replace('"data":{}', `"data":{"${name}":{"signed":1}}`))).toEqual([
        'it is no audit entry',
        'it is not the entry that was appended there',
      ]);
  });

  test('of a newer format is named in one line', async () => {
    await append({kind: 'approval_withdrawn', actor: 'anna', data: {}}, {v: 2});
    const line = 'written by a newer Ratchet: format 2, this one reads up to 1: update it';
    expect((await verify()).breaks).toMatchObject([{reason: `it was ${line}`}]);
    await expect(readAccess(there.stores, PROJECT)).rejects.toThrow(line);
  });
});

describe('what permits or restricts fails closed', () => {
  test('a policy with a restriction that this version cannot keep does not come into force', async () => {
    const policy = {...policyOfTest({project: PROJECT}), onlyOnWeekdays: true};
    const about = {policy: policyDigest(policy), former: ''};
    await append(policyFact(policy, null, proved(adam, {project: PROJECT, act: 'policy', about})));
    expect((await verify()).breaks).toMatchObject([{reason: 'it holds no policy'}]);
    expect((await readAccess(there.stores, PROJECT)).history.state.policy).toBeNull();
    const nested = policyOfTest({project: PROJECT});
    Object.assign(nested.people[0]!, {until: '2003-01-01'});
    await append(policyFact(nested, null));
    expect((await verify()).breaks.map(({reason}) => reason)).toEqual([
      'it holds no policy',
      'it holds no policy',
    ]);
  });

  test('a decision or an act that is signed with more than this version knows proves nothing', async () => {
    const {stores} = there;
    await append(policyFact(policyOfTest({project: PROJECT}), null));
    const digests = {release: 'f'.repeat(64), dataset: 'd'.repeat(64), report: 'c'.repeat(64)};
    const [decision] = approvedFacts({project: PROJECT, runId: run('x').id, digests});
    const payload = {...(decision.data['payload'] as DecisionPayload), unless: 'anna objects'};
    const signed = signDecision(payload, anna.privateKey);
    await append({...decision, data: {...decision.data, ...signed, payloadDigest: payloadDigest(payload)}});
    const about = {to: there.base.digest, move: '2'};
    const act: ActPayload = proved(otto, {project: PROJECT, act: 'rollback', about}).payload;
    const unknown = {onlyIf: 'nobody asks'};
    const more = {...signAct({...act, ...unknown}, otto.privateKey), publicKey: otto.key};
    const former = [(await pointer()).stable];
    const back = {stable: there.base.digest, former, by: 'otto', why: 'rollback: x', signed: more};
    const {look, said} = gateway();
    await move(back, 'rollback');
    expect((await verify()).breaks.map(({reason}) => reason)).toEqual([
      'it holds no decision with its signature and public key',
      'it holds no signed act',
    ]);
    await look();
    expect(said.at(-1)).toMatch(/is not served: nothing proves it: it holds no signed act/);
    // It is read, though, so that a person can move away from it.
    const signedBack = proved(otto, {project: PROJECT, act: 'rollback', about: {to: former[0]!, move: '3'}});
    const moved = await stores.pointers.rollback(PROJECT, former[0]!.slice(0, 12), {
      by: 'otto',
      why: 'as it was',
      sign: () => signedBack,
    });
    expect(moved).toMatchObject({status: 'moved', deployment: {seq: 3, stable: former[0]}});
    expect((await pointer()).signed).toEqual(signedBack);
    expect((await look())!.deployment.seq).toBe(3);
  });

  test('gateway keys with a limit that this version cannot keep open nothing, and are not changed', async () => {
    const {objects} = there.stores;
    const key = {
      id: '0'.repeat(12),
      family: '0'.repeat(12),
      hash: 'a'.repeat(64),
      name: 'shop',
      scopes: ['chat'],
      created: '2002-12-03T11:46:36.000Z',
      createdBy: 'anna',
      expires: null,
      rate: null,
      budget: null,
      replaced: null,
      revoked: null,
      tasks: ['triage'],
    };
    const set = {v: 1, project: PROJECT, keys: [key]} as unknown as GatewayKeySet;
    const text = canonicalJson(set);
    await objects.put(`gateway-keys/${PROJECT}.json`, text);
    const refused = {type: 'InvalidInput', message: expect.stringContaining('the unknown key "tasks"')};
    await expect(new GatewayKeys(objects).read(PROJECT)).rejects.toMatchObject(refused);
    await expect(new GatewayKeys(objects).revoke(PROJECT, 'shop', 'anna')).rejects.toMatchObject(refused);
    const after = await objects.get(`gateway-keys/${PROJECT}.json`);
    expect(new TextDecoder().decode(after!.bytes)).toBe(text);
  });
});

test('a run that a newer Ratchet began goes on with what it wrote, a stage of its own too', async () => {
  const {objects, registry} = there.stores;
  const {run: began} = there;
  const distill = {status: 'running', startedAt: 'now', endedAt: null, ...NEW};
  const newer = {...began, ...NEW, stages: {...began.stages, distill}};
  for await (const key of objects.list(`runs/${PROJECT}/`)) await objects.put(key, canonicalJson(newer));
  await registry.updateRun(PROJECT, began.id, (record) => ({
    ...record,
    note: 'on its way',
    stages: Object.fromEntries(
      Object.entries(record.stages).map(([name, stage]) => [name, {...stage, status: 'cancelled'}]),
    ),
  }));
  const stages = {curate: {status: 'cancelled'}, distill: {...distill, status: 'cancelled'}};
  expect(await registry.run(PROJECT, began.id)).toMatchObject({...NEW, note: 'on its way', stages});
  // A stage that nobody wrote is not written.
  const invented = {...began.stages, invented: distill} as typeof began.stages;
  await expect(
    registry.updateRun(PROJECT, began.id, (record) => ({...record, stages: invented})),
  ).rejects.toThrow(/invented/);
});

test('what became of a release goes to workflows without what this version does not know', async () => {
  const recorded = JSON.parse(
    readFileSync(path.join(import.meta.dirname, 'v1/outcome.json'), 'utf8'),
  ) as FormerOutcome;
  const {release} = recorded;
  const newer = {...recorded, ...NEW, gauntlet: {...recorded.gauntlet, ...NEW}};
  await there.stores.objects.put(`outcomes/${PROJECT}/${release}.json`, canonicalJson(newer));
  expect(await readOutcome(there.stores, PROJECT, release)).toEqual(recorded);
});

test('a stage’s result that a newer Ratchet sealed is a hit; with anything in it changed it is none', async () => {
  const {cache} = withRowKey(there.stores, new Uint8Array(32).fill(7));
  const {stores} = there;
  const key = 'd'.repeat(64);
  const entry = {
    v: 1 as const,
    stage: 'train',
    key,
    project: PROJECT,
    at: 'now',
    result: {x: 1},
    artifacts: [],
  };
  await cache.store(entry);
  const place = `cache/train/${key}.json`;
  const newer = {...entry, ...NEW};
  const sealed = {...newer, v: 2, seal: sealOf(new Uint8Array(32).fill(7), 'stage cache', newer)};
  await stores.objects.put(place, canonicalJson(sealed));
  expect(await cache.find('train', key)).toEqual(newer);
  await stores.objects.put(place, canonicalJson({...sealed, added: {by: 'me'}}));
  expect(await cache.find('train', key)).toBeNull();
});
