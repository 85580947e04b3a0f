import {expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {PROJECT} from '../project-store.ts';
import {gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();
const DOCUMENT = `pointers/${PROJECT}/deployment.json`;
const REFUSED =
  /^deployment \d+ is not served: nothing proves it: .*no approved run is behind that; see ratchet audit verify$/;

/** Who may write to the store, and nothing else. */
async function forged(change: object): Promise<void> {
  const {stores} = bed.store;
  const current = (await stores.pointers.read(PROJECT))!;
  await stores.objects.put(DOCUMENT, canonicalJson({...current, seq: current.seq + 1, ...change}));
}

test('a deployment that nobody permitted is not taken over, and the former one goes on', async () => {
  const running = await bed.start();
  const {stores} = bed.store;
  const honest = (await stores.pointers.read(PROJECT))!;
  const evil = await bed.store.release({parent: 'e'.repeat(64)});
  const refusals = () => running.said.filter((line) => REFUSED.test(line));
  await forged({stable: evil.digest, by: 'rollout/lifecycle/mail/none', why: 'promoted to stable'});
  await until(() => refusals().length).toBe(1);
  expect((await running.chat({})).status).toBe(200);
  expect(await running.health()).toMatchObject({
    status: 'degraded',
    deployment: {stable: honest.stable},
    refused: expect.stringMatching(REFUSED) as string,
  });

  // With an entry of its own, and an approval that nobody signed, it is no better.
  await stores.objects.put(DOCUMENT, canonicalJson(honest));
  await stores.audit(PROJECT).append({
    kind: 'approval',
    actor: 'anna',
    data: {status: 'approved', runId: 'lifecycle/mail/x', digests: {release: evil.digest}},
  });
  await stores.pointers.move(PROJECT, () => ({
    move: {stable: evil.digest, canary: null, shadow: null, by: 'rollout/lifecycle/mail/x', why: 'promoted'},
  }));
  await until(() => refusals().length).toBeGreaterThan(1);
  expect((await running.chat({})).status).toBe(200);
  await bed.stop();
  expect(new Set((await bed.traces()).map(({release}) => release))).toEqual(new Set([honest.stable]));
});

test('a deployment that a newer Ratchet wrote is followed, and so is a rollback in it', async () => {
  const running = await bed.start();
  const {stores} = bed.store;
  const first = (await stores.pointers.read(PROJECT))!;
  const next = await bed.shorter();
  await bed.store.deploy(next);
  const added = {regions: ['eu'], ticket: {id: 7}};
  await stores.objects.put(DOCUMENT, canonicalJson({...(await stores.pointers.read(PROJECT)), ...added}));
  await until(() => running.health()).toMatchObject({deployment: {stable: next.digest}});
  await stores.pointers.rollback(PROJECT, first.stable, {by: 'otto', why: 'wrong answers'});
  await until(() => running.health()).toMatchObject({deployment: {stable: first.stable}});
  expect(await stores.pointers.read(PROJECT)).toMatchObject({seq: 2, ...added});
  expect((await running.chat({})).status).toBe(200);
  expect(running.said.filter((line) => line.includes('is not served'))).toEqual([]);
});

test('a gateway that starts with one serves nobody, rather than what nobody permitted', async () => {
  await bed.store.deploy(bed.base);
  const evil = await bed.store.release({parent: 'e'.repeat(64)});
  await forged({stable: evil.digest, by: 'rollout/lifecycle/mail/none', why: 'promoted to stable'});
  const running = await bed.open();
  expect((await running.chat({})).status).toBe(503);
  expect(running.said.some((line) => REFUSED.test(line))).toBe(true);
});
