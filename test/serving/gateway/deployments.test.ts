import {rename, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {bucketOf} from '../../../serving/gateway/split.ts';
import {person, proved} from '../../people.ts';
import {PROJECT} from '../project-store.ts';
import {gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();

describe('a deployment', () => {
  test('splits by unit: the same user always gets the same release, in the given share', async () => {
    const canary = await bed.shorter();
    await bed.store.deploy(bed.base, {canary: [canary, 30]});
    const running = await bed.start();
    const fingerprints = new Map<string, string>();
    for (let i = 0; i < 60; i++) {
      const user = `u${i % 30}`;
      const {body} = await running.chat({user});
      expect(fingerprints.get(user) ?? body.system_fingerprint).toBe(body.system_fingerprint);
      fingerprints.set(user, body.system_fingerprint);
      const inCanary = bucketOf(PROJECT, `user:${user}`) < 3000;
      expect(body.system_fingerprint).toBe(`fp_${(inCanary ? canary : bed.base).digest.slice(0, 12)}`);
    }
    expect(new Set(fingerprints.values()).size).toBe(2);
    await until(async () => (await bed.traces()).length).toBe(60);
    const roles = new Set((await bed.traces()).map(({role, release}) => `${role} ${release}`));
    expect(roles).toEqual(new Set([`stable ${bed.base.digest}`, `canary ${canary.digest}`]));
  });

  test('leaves to stable the users of a task that its canary lacks, and copies nothing of it to a shadow that does', async () => {
    const {subject} = bed.base.prompts;
    const lacking = await bed.store.release({prompts: {subject: subject!}});
    const running = await bed.start();
    const answered = async (task: string) => {
      const {status, body} = await running.chat({model: `mail/${task}`, user: 'u'});
      return [status, body.system_fingerprint];
    };
    const [stable, other] = [bed.base, lacking].map(({digest}) => `fp_${digest.slice(0, 12)}`);
    await bed.store.deploy(bed.base, {canary: [lacking, 100]});
    await until(() => answered('subject')).toEqual([200, other]);
    expect(await answered('triage')).toEqual([200, stable]);
    await bed.store.deploy(bed.base, {shadow: [lacking, 100]});
    await until(() => answered('subject')).toEqual([200, stable]);
    expect(await answered('triage')).toEqual([200, stable]);
    expect(await answered('subject')).toEqual([200, stable]);
    // What is copied of the one task comes behind what would have been of the other.
    const copies = async () =>
      (await bed.traces()).filter(({role}) => role === 'shadow').map(({task, status}) => `${task} ${status}`);
    await until(copies).toContain('subject 200');
    expect(new Set(await copies())).toEqual(new Set(['subject 200']));
  });

  test('that somebody made by break-glass is logged as an alarm, and counted', async () => {
    const other = await bed.shorter();
    const third = await bed.store.release({guardrails: {...bed.base.guardrails, maxInputChars: 999}});
    await bed.store.deploy(bed.base);
    await bed.store.deploy(other);
    await bed.store.deploy(third);
    const running = await bed.start();
    const now = async () => (await running.chat({})).body.system_fingerprint;
    await until(now).toBe(`fp_${third.digest.slice(0, 12)}`);
    expect(await running.metrics()).toContain('ratchet_break_glass_total 0');
    const eve = person('eve');
    await bed.store.stores.pointers.rollback(PROJECT, other.digest, {
      by: 'eve',
      why: 'nonsense',
      breakGlass: true,
      sign: (about) => proved(eve, {project: PROJECT, act: 'break_glass', about, comment: 'nonsense'}),
    });
    await until(now).toBe(`fp_${other.digest.slice(0, 12)}`);
    expect(running.said.at(-1)).toMatch(/^ALARM: eve broke the glass \(nonsense\): move \d+, back to /);
    expect(await running.metrics()).toContain('ratchet_break_glass_total 1');
  });

  test('is followed within the polling interval; a rollback too', async () => {
    const other = await bed.shorter();
    const running = await bed.start();
    const now = async () => (await running.chat({})).body.system_fingerprint;
    expect(await now()).toBe(`fp_${bed.base.digest.slice(0, 12)}`);
    await bed.store.deploy(other);
    await until(now).toBe(`fp_${other.digest.slice(0, 12)}`);
    await bed.store.stores.pointers.rollback(PROJECT, bed.base.digest, {by: 'test', why: 'back'});
    await until(now).toBe(`fp_${bed.base.digest.slice(0, 12)}`);
  });

  test('whose adapter was exchanged is not served: the former one goes on, and /healthz says so', async () => {
    const running = await bed.start();
    const adapter = await bed.store.adapter({seed: 1, layers: 1});
    const tuned = await bed.store.release({
      adapter: {...adapter, gguf: {...adapter.gguf!, sha256: 'f'.repeat(64)}},
    });
    await bed.store.deploy(tuned);
    await until(async () => (await running.health()).refused).toContain(
      `deployment 1 is not served: release ${tuned.digest.slice(0, 12)}: `,
    );
    expect((await running.health()).status).toBe('degraded');
    expect((await running.chat({})).body.system_fingerprint).toBe(`fp_${bed.base.digest.slice(0, 12)}`);
    await bed.store.deploy(bed.base);
    await until(async () => (await running.health()).status).toBe('ok');
  });

  test('names the canary where the canary is at fault, and not the stable release', async () => {
    const foreign = await bed.store.release({base: {...bed.base.base, sha256: 'e'.repeat(64)}});
    const running = await bed.start();
    await bed.store.deploy(bed.base, {canary: [foreign, 10]});
    await until(async () => (await running.health()).refused).toContain(
      `release ${foreign.digest.slice(0, 12)}: its base model is eeeeeeeeeeee`,
    );
    expect((await running.chat({})).status).toBe(200);
  });

  test('of another base model is not served', async () => {
    const foreign = await bed.store.release({base: {...bed.base.base, sha256: 'e'.repeat(64)}});
    await bed.store.deploy(foreign);
    const running = await bed.start();
    expect((await running.chat({})).status).toBe(503);
    expect((await running.health()).refused).toContain('its base model is eeeeeeeeeeee');
  });

  test('goes on while the store is away; traces and feedback wait for it', async () => {
    const store = await movable(join(bed.store.folder, 'store'));
    const running = await bed.start();
    await running.chat({});
    await until(() => bed.traces()).toHaveLength(1);
    await store.leave();
    await until(async () => (await running.health()).status).toBe('degraded');
    expect(await running.health()).toMatchObject({store: {up: false}, deployment: {stable: bed.base.digest}});
    const {status, trace} = await running.chat({});
    expect(status).toBe(200);
    expect((await running.post('/feedback', {trace, rating: 1})).status).toBe(202);
    const metrics = () => running.metrics();
    await until(metrics).toMatch(/ratchet_feedback_write_failures_total [1-9]/);
    expect(await metrics()).toContain('ratchet_store_up 0');
    await store.comeBack();
    await until(async () => (await running.health()).status).toBe('ok');
    await until(async () => (await bed.traces()).map(({id}) => id)).toContain(trace);
    await until(async () => (await bed.feedback()).map((one) => one.trace)).toEqual([trace]);
  });
});

/**
 * Puts a folder behind a link, so that it leaves and comes back in one step each:
 * a gateway that writes in between would make the folder anew.
 */
async function movable(at: string): Promise<{leave: () => Promise<void>; comeBack: () => Promise<void>}> {
  const folder = `${at}-itself`;
  const next = `${at}-next`;
  const comeBack = async () => {
    await symlink(folder, next);
    await rename(next, at);
  };
  // A file in its place: nothing can be read or written there.
  const leave = async () => {
    await writeFile(next, '');
    await rename(next, at);
  };
  await rename(at, folder);
  await comeBack();
  return {leave, comeBack};
}
