import {describe, expect, test} from 'vitest';
import {gatewayBed} from './gateway-bed.ts';

const bed = gatewayBed();

describe('engines', () => {
  test('that are down are passed over, and come back', async () => {
    const running = await bed.start();
    await bed.engines[0]!.kill();
    for (let i = 0; i < 4; i++) expect((await running.chat({user: `u${i}`})).status).toBe(200);
    expect(bed.engines[1]!.calls).toHaveLength(4);
    await bed.engines[1]!.kill();
    const none = await running.chat({});
    expect(none.status).toBe(503);
    expect(none.headers.get('retry-after')).toBe('1');
    expect(none.body.error).toMatchObject({type: 'server_error', code: 'engine_unavailable'});
    await bed.engines[0]!.listen();
    expect((await running.chat({})).status).toBe(200);
  });

  test('that are full are passed over; when all are, the client is told to come back', async () => {
    const running = await bed.start();
    bed.engines[0]!.status = 503;
    for (let i = 0; i < 3; i++) expect((await running.chat({})).status).toBe(200);
    bed.engines[1]!.status = 429;
    expect((await running.chat({})).body.error).toMatchObject({code: 'engine_busy'});
  });

  test('that find the prompt too long refuse it once and for all', async () => {
    const running = await bed.start();
    for (const engine of bed.engines) engine.status = 400;
    expect((await running.chat({})).body.error).toMatchObject({
      code: 'prompt_refused',
      type: 'invalid_request_error',
    });
    expect(bed.calls()).toHaveLength(1);
  });

  test('get an adapter before it has traffic, and again after they were started anew', async () => {
    const tuned = await bed.store.release({adapter: await bed.store.adapter({seed: 1, layers: 1})});
    const name = `mail@${tuned.adapter!.digest.slice(0, 12)}`;
    await bed.store.deploy(tuned);
    const running = await bed.start();
    expect(bed.engines.map(({adapters}) => [...adapters])).toEqual([[name], [name]]);
    expect((await running.chat({})).status).toBe(200);
    for (const engine of bed.engines) {
      await engine.kill();
      await engine.listen();
    }
    for (let i = 0; i < 4; i++) expect((await running.chat({})).status).toBe(200);
    expect(bed.calls().every(({model}) => model === name)).toBe(true);
    expect(bed.engines.map(({adapters}) => [...adapters])).toEqual([[name], [name]]);
  });
});
