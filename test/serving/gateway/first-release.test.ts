import {describe, expect, test} from 'vitest';
import {isBaseAlone} from '../../../serving/gateway/first-release.ts';
import {PROJECT} from '../project-store.ts';
import {gatewayBed, until} from './gateway-bed.ts';

const bed = gatewayBed();

describe('before any release was promoted, with gateway.before_first_release: refuse', () => {
  test('a request gets 503 in OpenAI’s shape, which says what to do; the base answers nobody', async () => {
    const running = await bed.start({beforeFirstRelease: 'refuse'});
    await until(async () => (await running.health()).status).toBe('no release yet');
    const {status, body} = await running.chat({});
    expect(status).toBe(503);
    expect(body.error).toEqual({
      type: 'server_error',
      code: 'no_release_yet',
      param: null,
      message:
        'no release of mail has been approved yet: start a run with "ratchet run mail" and approve it, or set gateway.before_first_release to base for answers of the base model',
    });
    expect((await fetch(`${running.url}/readyz`)).status).toBe(503);
    expect(bed.engines.flatMap(({calls}) => calls)).toEqual([]);
    expect(await running.metrics()).toContain('ratchet_requests_refused_total{code="no_release_yet"}');
  });

  test('the base answers while the first release is rolled out, is refused again when that was taken back, and the release answers for good', async () => {
    const first = await bed.shorter();
    const running = await bed.start({beforeFirstRelease: 'refuse'});
    const now = async () => {
      const {status, body} = await running.chat({user: 'u'});
      return status === 200 ? body.system_fingerprint : body.error!.code;
    };
    const [base, promoted] = [bed.base, first].map(({digest}) => `fp_${digest.slice(0, 12)}`);
    await until(now).toBe('no_release_yet');
    await bed.store.deploy(bed.base, {shadow: [first, 100]});
    await until(now).toBe(base);
    await bed.store.deploy(bed.base);
    await until(now).toBe('no_release_yet');
    await bed.store.deploy(first);
    await until(now).toBe(promoted);
    // Who goes back to the base asked for it.
    await bed.store.stores.pointers.rollback(PROJECT, bed.base.digest, {by: 'test', why: 'worse'});
    await until(now).toBe(base);
  });
});

test('a rollout that has opened is under way, before it moves any share', async () => {
  await bed.store.deploy(bed.base);
  const deployment = (await bed.store.stores.pointers.read(PROJECT))!;
  const rollout = {by: 'rollout/r', execution: 'e', run: 'e', seq: 1, after: null, ended: false};
  expect(isBaseAlone(deployment)).toBe(true);
  expect(isBaseAlone({...deployment, rollout})).toBe(false);
  expect(isBaseAlone({...deployment, rollout: {...rollout, ended: true}})).toBe(true);
});
